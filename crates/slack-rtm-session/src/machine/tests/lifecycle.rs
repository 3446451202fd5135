//! The end of a session (scenario 15), and hostile frames (scenario 14).

use super::world::{World, secs};
use crate::machine::{Config, Input};
use crate::{NotSent, Outcome};

#[test]
fn closing_is_quick_in_every_state() {
    let mut calling = World::with(1, Config::default(), |server| server.takes_calls = false);
    let mut dialing = World::with(1, Config::default(), |server| server.takes_dials = false);
    let mut greeting = World::with(1, Config::default(), |server| server.says_hello = false);
    let mut waiting = World::with(1, Config::default(), |server| {
        server.calls = [Some(crate::Error::CallTimeout)].into();
    });
    for world in [&mut calling, &mut dialing, &mut greeting, &mut waiting] {
        let ticket = world.send("x");
        world.input(Input::Close);
        assert_eq!(world.stopped, Some(world.now));
        assert_eq!(world.outcome(ticket), Some(&Outcome::NotSent(NotSent::Closed)));
        assert_eq!(world.story().last().unwrap(), "closed closed");
        assert_eq!(world.machine.deadline(), None);
        world.run(60.0);
    }
    assert_eq!((calling.aborts, dialing.drops.len(), greeting.drops.len()), (1, 1, 1));
}

#[test]
fn a_server_that_ignores_the_close_is_dropped() {
    let mut world = World::with(1, Config::default(), |server| {
        server.closes = false;
        server.acks = false;
    });
    let sent = world.send("x");
    world.input(Input::Close);
    world.input(Input::Close);
    let late = world.send("y");
    assert_eq!(world.outcome(late), Some(&Outcome::NotSent(NotSent::Closed)));
    assert_eq!((world.closes.len(), world.stopped), (1, None));
    world.run(4.0);
    assert_eq!(world.stopped, Some(secs(2.0)));
    assert_eq!(world.drops.len(), 1);
    assert_eq!(world.outcome(sent), Some(&Outcome::Unknown));
    let after = world.send("z");
    assert_eq!(world.outcome(after), Some(&Outcome::NotSent(NotSent::Closed)));
    let last = world.last();
    world.frame(last, r#"{"type":"x"}"#);
    assert_eq!(world.story().last().unwrap(), "closed closed");
}

#[test]
fn a_server_that_answers_the_close_ends_the_session() {
    let mut world = World::new(1);
    world.input(Input::Close);
    assert_eq!(
        (world.stopped, world.story()),
        (Some(secs(0.0)), vec!["First".to_owned(), "closed closed".to_owned()])
    );
}

#[test]
fn hostile_frames_have_no_effect() {
    let mut world = World::new(1);
    let first = world.last();
    for json in [
        "",
        "{}",
        "[]",
        "\0",
        "{\"type\":\"message\"}\0",
        r#"{"type":7}"#,
        r#"{"type":"message","ts":1.5,"channel":{}}"#,
        r#"{"type":"reconnect_url","url":"wss://evil.example/"}"#,
        r#"{"type":"hello","url":"wss://evil.example/"}"#,
        r#"{"type":"pong","reply_to":-1}"#,
        r#"{"ok":true,"reply_to":18446744073709551615}"#,
        r#"{"ok":true,"reply_to":99999}"#,
        r#"{"type":"error","error":{"code":99}}"#,
    ] {
        world.machine.handle(world.now, Input::Frame(first, super::world::frame(json)));
    }
    world.input(Input::Heard(first));
    world.run(600.0);
    assert_eq!((world.calls.len(), world.dials.len()), (1, 1));
}
