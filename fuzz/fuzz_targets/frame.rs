//! Any bytes, read in every way there is: nothing panics, nothing is lost on the way in, and what decodes comes out the same when it is decoded again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use slack_rtm_models::{Command, Event, FrameKind, Message, RawEvent, Reply};

fuzz_target!(|bytes: &[u8]| {
    let raw = RawEvent::new(bytes.to_vec());
    assert_eq!(raw.as_bytes(), bytes);
    match raw.decode_event() {
        Ok(Event::Unknown(unknown)) => {
            assert_eq!(unknown.event_type(), raw.event_type().unwrap_or_default());
            assert_eq!(unknown.raw().as_str(), raw.as_str().trim_matches([' ', '\t', '\n', '\r']));
        }
        Ok(event) => {
            assert_eq!(raw.event_type(), Some(event.event_type()));
            let json = serde_json::to_string(&event).expect("an event is JSON");
            assert_eq!(Event::from_json(&json).expect("what was written is read"), event);
            let _ = (event.variant_name(), format!("{event:?}"));
        }
        Err(error) => {
            assert_eq!(error.raw(), raw.as_str());
            let _ = (format!("{error} {error:?}"), error.path());
        }
    }
    if let Ok(message) = raw.decode::<Message>() {
        let _ = (message.author(), message.change(), message.current_text(), message.thread_to_answer());
    }
    if let Some(reply) = Reply::from_raw(&raw) {
        assert_eq!(raw.kind(), FrameKind::Reply);
        let json = serde_json::to_string(&reply).expect("a reply is JSON");
        assert_eq!(Reply::from_json(&json).expect("what was written is read"), reply);
    }
    let _ = Command::from_slice(bytes);
});
