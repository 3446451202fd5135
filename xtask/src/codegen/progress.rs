//! Prints a line for each step, with its duration.

use std::time::Instant;

/// Measures steps, and prints them to standard error.
#[derive(Debug)]
pub struct Progress {
    began: Instant,
    step: Instant,
}

impl Progress {
    /// Starts the clock.
    #[must_use]
    pub fn start() -> Self {
        let now = Instant::now();
        Self { began: now, step: now }
    }

    /// Prints a completed step with its duration.
    pub fn step(&mut self, what: &str) {
        eprintln!("{:>7.2} s  {what}", self.step.elapsed().as_secs_f64());
        self.step = Instant::now();
    }

    /// Prints the total duration.
    pub fn done(&self) {
        eprintln!("{:>7.2} s  in all", self.began.elapsed().as_secs_f64());
    }
}
