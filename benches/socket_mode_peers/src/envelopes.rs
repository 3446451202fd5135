//! The events of a busy workspace in envelopes: 70% messages of 300 to 1,500 bytes, 25% reactions, 5% joins. All of them are types that both clients know.

/// Returns envelopes as a server writes them: unmasked text frames.
pub(crate) fn frames(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|number| frame(envelope(number).as_bytes())).collect()
}

pub(crate) fn envelope(number: usize) -> String {
    let event = match number % 20 {
        0..=13 => {
            let words = "lorem ipsum \\\"dolor\\\" sit amet ".repeat(4 + number % 17);
            format!(
                r#"{{"type":"message","channel":"C{:08}","channel_type":"channel","user":"U01ALICE000","text":"{words}","ts":"17{number:08}.000100","team":"T01ACME0000","client_msg_id":"9a8b7c6d-{number:04}","blocks":[{{"type":"rich_text","block_id":"Xy{number}","elements":[{{"type":"rich_text_section","elements":[{{"type":"text","text":"{words}"}}]}}]}}],"event_ts":"17{number:08}.000100"}}"#,
                number % 50
            )
        }
        14..=18 => format!(
            r#"{{"type":"reaction_added","user":"U01ALICE000","reaction":"thumbsup","item_user":"U01BOB00000","item":{{"type":"message","channel":"C01GENERAL0","ts":"17{number:08}.000100"}},"event_ts":"17{number:08}.000200"}}"#
        ),
        _ => format!(
            r#"{{"type":"member_joined_channel","user":"U01ALICE000","channel":"C01GENERAL0","channel_type":"C","team":"T01ACME0000","event_ts":"17{number:08}.000300"}}"#
        ),
    };
    format!(
        r#"{{"envelope_id":"8d2c5f0a-0000-4000-8000-{number:012}","payload":{{"token":"x","team_id":"T01ACME0000","api_app_id":"A01ROBOT000","event":{event},"type":"event_callback","event_id":"Ev{number:09}","event_time":1700000000,"authorizations":[{{"enterprise_id":null,"team_id":"T01ACME0000","user_id":"U01ROBOT000","is_bot":true,"is_enterprise_install":false}}],"is_ext_shared_channel":false,"event_context":"4-x"}},"type":"events_api","accepts_response_payload":false,"retry_attempt":0,"retry_reason":""}}"#
    )
}

pub(crate) fn frame(text: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x81];
    match text.len() {
        length @ 0..126 => bytes.push(u8::try_from(length).unwrap()),
        length => {
            bytes.push(126);
            bytes.extend_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
        }
    }
    bytes.extend_from_slice(text);
    bytes
}
