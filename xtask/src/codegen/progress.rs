//! A line for each step, with its time.

use std::time::Instant;

/// Times steps and tells of them on standard error.
#[derive(Debug)]
pub struct Progress {
    began: Instant,
    step: Instant,
}

impl Progress {
    /// Begins.
    #[must_use]
    pub fn start() -> Self {
        let now = Instant::now();
        Self { began: now, step: now }
    }

    /// Ends a step.
    pub fn step(&mut self, what: &str) {
        eprintln!("{:>7.2} s  {what}", self.step.elapsed().as_secs_f64());
        self.step = Instant::now();
    }

    /// Ends.
    pub fn done(&self) {
        eprintln!("{:>7.2} s  in all", self.began.elapsed().as_secs_f64());
    }
}
