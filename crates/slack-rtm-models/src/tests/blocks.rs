//! What holds for any blocks at all.

use std::collections::HashSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::leniency::as_value;
use super::properties::{any_value, mutated_from};
use crate::generated::examples::EXAMPLES;
use crate::{Block, Message};

/// The examples of layout blocks.
fn blocks() -> Vec<(&'static str, &'static str)> {
    EXAMPLES.iter().copied().filter(|(schema, _)| schema.ends_with("Block")).collect()
}

fn read(json: &str) -> Block {
    serde_json::from_str(json).unwrap()
}

#[test]
fn every_kind_of_block_has_an_example_that_is_written_as_it_was_read() {
    let mut kinds = HashSet::new();
    for (schema, example) in blocks() {
        let block = read(example);
        assert!(!format!("{block:?}").contains("Unknown"), "{schema}");
        assert_eq!(as_value(&block), serde_json::from_str::<Value>(example).unwrap(), "{schema}");
        kinds.insert(std::mem::discriminant(&block));
    }
    assert!(kinds.len() >= 22, "{} kinds", kinds.len());
}

#[test]
fn every_element_of_blocks_has_an_example_that_it_reads() {
    for (schema, example) in EXAMPLES {
        if let Ok(value) = serde_json::from_str::<Value>(example)
            && value["action_id"].is_string()
            && !matches!(
                *schema,
                "FeedbackButtons" | "IconButton" | "BlockAction" | "BlockSuggestionPayload" | "ResponseUrl"
            )
        {
            let element: crate::BlockElement = serde_json::from_str(example).unwrap();
            assert!(!matches!(element, crate::BlockElement::Unknown(_)), "{schema}");
            assert_eq!(as_value(&element), value, "{schema}");
        }
    }
}

#[test]
fn what_is_unknown_is_kept_at_every_depth() {
    let json = r#"{"type":"container","child_blocks":[{"type":"brand_new","x":[1.0,{"y":null}]},{"type":"section","accessory":{"type":"dial","at":7.10}},{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"hologram","z":"\u0041"}]}]}]}"#;
    assert_eq!(serde_json::to_string(&read(json)).unwrap(), json);
}

#[test]
fn blocks_as_deep_as_a_bomb_do_no_harm() {
    for depth in [5, 14, 20, 2_000, 100_000] {
        let open = r#"{"type":"container","child_blocks":["#.repeat(depth);
        let close = "]}".repeat(depth);
        let bomb = format!(r#"[{open}{{"type":"divider"}}{close}]"#);
        let message: Message =
            crate::decode(format!(r#"{{"type":"message","blocks":{bomb}}}"#).as_bytes()).unwrap();
        let blocks = message.decode_blocks().unwrap();
        assert_eq!(serde_json::to_string(&blocks).unwrap(), bomb, "{depth}");
    }
}

#[test]
fn odd_fields_at_every_depth_do_not_multiply_the_work() {
    // Each level has fields to mend. Mended at every level anew, this would take longer than anybody waits.
    let odd = r#""is_collapsible":[],"#.repeat(40);
    let open = format!(r#"{{"type":"container",{odd}"child_blocks":["#).repeat(14);
    let bomb = format!("{open}{}", "]}".repeat(14));
    let block = read(&bomb);
    assert!(matches!(block, Block::Container(_)));
}

#[test]
fn one_odd_field_does_not_cost_the_block() {
    let Block::Section(section) =
        read(r#"{"type":"section","text":{"type":"mrkdwn","text":7},"expand":[],"block_id":"b"}"#)
    else {
        panic!("it is a section");
    };
    assert_eq!((section.expand, section.block_id.as_deref()), (None, Some("b")));
    assert_eq!(section.text.as_ref().and_then(crate::TextObject::text), Some("7"));
}

proptest! {
    #[test]
    fn any_value_is_a_block_that_is_written_as_it_was_read(value in any_value(), kind in "[a-z_]{0,12}") {
        prop_assume!(!EXAMPLES.iter().any(|(_, example)| example.contains(&format!("\"type\":{}", json!(kind)))));
        let mut value = value;
        if let Value::Object(members) = &mut value {
            members.insert("type".to_owned(), kind.into());
        }
        let text = value.to_string();
        prop_assert_eq!(serde_json::to_string(&read(&text)).unwrap(), text);
    }

    #[test]
    fn what_is_read_is_read_again_as_the_same((_, changed) in mutated_from(blocks)) {
        let block = read(&changed.to_string());
        let _ = block.to_plain_text();
        let again = serde_json::to_string(&block).unwrap();
        prop_assert_eq!(read(&again), block);
    }
}
