//! Random schedules: whatever happens in whatever order, the machine keeps its promises.

mod checker;

use proptest::prelude::*;

use self::checker::Checker;
use crate::machine::Input;

/// An input. Numbers choose among the connections and frames that there are.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Time passes, in milliseconds, and deadlines are acted on in time.
    Pass(u32),
    /// Time passes, and deadlines are acted on late.
    Stall(u32),
    /// The computer is suspended.
    Suspend(u32),
    /// Another session of the token takes a call from the budget, if there is one.
    Rival,
    /// The session gets a permit to connect.
    Permit,
    Called(u8),
    Dialed(u8, bool),
    Hello(u8),
    Frame(u8, u8),
    Reply(u8, u8),
    Lost(u8),
    Congested(u8, bool),
    Send,
    Typing(u8),
    Presence,
    Close,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => (0..6_000_u32).prop_map(Step::Pass),
        3 => (0..90_000_u32).prop_map(Step::Pass),
        1 => (0..40_000_u32).prop_map(Step::Stall),
        1 => (0..40_000_u32).prop_map(Step::Suspend),
        2 => Just(Step::Rival),
        10 => Just(Step::Permit),
        10 => any::<u8>().prop_map(Step::Called),
        10 => (any::<u8>(), prop::bool::weighted(0.8)).prop_map(|(which, ok)| Step::Dialed(which, ok)),
        10 => any::<u8>().prop_map(Step::Hello),
        10 => any::<(u8, u8)>().prop_map(|(which, what)| Step::Frame(which, what)),
        4 => any::<(u8, u8)>().prop_map(|(which, what)| Step::Reply(which, what)),
        4 => any::<u8>().prop_map(Step::Lost),
        1 => any::<(u8, bool)>().prop_map(|(which, on)| Step::Congested(which, on)),
        8 => Just(Step::Send),
        2 => any::<u8>().prop_map(Step::Typing),
        1 => Just(Step::Presence),
        1 => prop::bool::weighted(0.1).prop_map(|close| if close { Step::Close } else { Step::Send }),
    ];
    prop::collection::vec(step, 1..80)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(10_000),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_machine_keeps_its_promises(seed in any::<u64>(), steps in steps()) {
        let mut checker = Checker::new(seed);
        for step in steps {
            checker.step(step);
        }
        checker.input(Input::Close);
        checker.pass(5_000);
        assert!(checker.is_stopped && checker.is_closed, "the session does not end");
        assert_eq!(checker.resolved.len() as u64, checker.submitted, "a command has no outcome");
        assert!(checker.open.is_empty(), "a connection is not dropped");
        assert!(checker.machine.deadline().is_none());
    }
}
