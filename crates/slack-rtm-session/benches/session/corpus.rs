//! The frames of a busy workspace: 60% messages of 300 to 1500 bytes, 15% typing, 10% presence, 10% reactions, 5% others.

pub(crate) fn frames() -> Vec<String> {
    (0..2_000)
        .map(|number| match number % 20 {
            0..=11 => {
                let words = "lorem ipsum \\\"dolor\\\" sit amet ".repeat(4 + number % 17);
                format!(
                    r#"{{"type":"message","channel":"C{:08}","user":"U01ALICE000","text":"{words}","ts":"17{number:08}.000100","team":"T01ACME0000","client_msg_id":"9a8b7c6d-{number:04}","blocks":[{{"type":"rich_text","block_id":"Xy{number}","elements":[{{"type":"rich_text_section","elements":[{{"type":"text","text":"{words}"}}]}}]}}],"source_team":"T01ACME0000","user_team":"T01ACME0000","event_ts":"17{number:08}.000100"}}"#,
                    number % 50
                )
            }
            12..=14 => r#"{"type":"user_typing","channel":"C01GENERAL0","id":1,"user":"U01ALICE000"}"#.to_owned(),
            15..=16 => r#"{"type":"presence_change","user":"U01ALICE000","presence":"away"}"#.to_owned(),
            17..=18 => format!(
                r#"{{"type":"reaction_added","user":"U01ALICE000","reaction":"thumbsup","item_user":"U01BOB00000","item":{{"type":"message","channel":"C01GENERAL0","ts":"17{number:08}.000100"}},"event_ts":"17{number:08}.000200"}}"#
            ),
            _ => format!(r#"{{"type":"channel_marked","channel":"C01GENERAL0","ts":"17{number:08}.000100"}}"#),
        })
        .collect()
}

/// The frames as a server writes them: none has to be masked, and all fit into one.
pub(crate) fn wire(frames: &[String]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for frame in frames {
        put_frame(&mut bytes, frame.as_bytes());
    }
    bytes
}

/// Appends a text frame.
pub(crate) fn put_frame(bytes: &mut Vec<u8>, text: &[u8]) {
    bytes.push(0x81);
    match text.len() {
        length @ 0..126 => bytes.push(u8::try_from(length).unwrap()),
        length => {
            bytes.push(126);
            bytes.extend_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
        }
    }
    bytes.extend_from_slice(text);
}
