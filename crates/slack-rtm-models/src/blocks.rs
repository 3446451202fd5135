//! Constructors for common blocks, and the decoding of received blocks.

use crate::{
    ActionsBlock, AppMentionEvent, Attachment, Block, BlockElement, ContextActionsBlock,
    ContextActionsElement, ContextBlock, ContextElement, DecodeError, DividerBlock, HeaderBlock, ImageBlock,
    MarkdownBlock, Message, Mrkdwn, OptionObject, PlainText, RawJson, RawNumber, RawText, RichTextBlock,
    RichTextElement, SectionBlock, TableBlock, TableCell, TextObject,
};

/// Constructors for common blocks. For more options, build the struct of a variant and convert it: `SectionBlock::new().set_accessory(..).into()`.
///
/// ```
/// use slack_rtm_models::{Block, Button, ButtonStyle, SectionBlock};
///
/// let blocks = [
///     Block::header("Release 7"),
///     Block::section("*All green.* Shall it go out?"),
///     Block::actions([
///         Button::new("Deploy").set_action_id("deploy").set_style(ButtonStyle::Primary),
///         Button::new("Wait").set_action_id("wait"),
///     ]),
///     SectionBlock::new().set_text("Built by <@U01ALICE000>").set_accessory(Button::new("Log").set_url("https://example.com/log")).into(),
/// ];
/// assert!(serde_json::to_string(&blocks)?.starts_with(r#"[{"type":"header","text":{"type":"plain_text","text":"Release 7"}},"#));
/// # Ok::<(), serde_json::Error>(())
/// ```
impl Block {
    /// Returns an actions block of up to 25 elements.
    #[must_use]
    pub fn actions(elements: impl IntoIterator<Item = impl Into<BlockElement>>) -> Self {
        ActionsBlock::new(elements).into()
    }

    /// Returns a context block of up to 10 images and texts.
    #[must_use]
    pub fn context(elements: impl IntoIterator<Item = impl Into<ContextElement>>) -> Self {
        ContextBlock::new(elements).into()
    }

    /// Returns a context actions block of up to 5 feedback buttons and icon buttons.
    #[must_use]
    pub fn context_actions(elements: impl IntoIterator<Item = impl Into<ContextActionsElement>>) -> Self {
        ContextActionsBlock::new(elements).into()
    }

    /// Returns a line between blocks.
    #[must_use]
    pub fn divider() -> Self {
        DividerBlock::new().into()
    }

    /// Returns a section of up to 10 texts in two columns, each of up to 2000 characters.
    #[must_use]
    pub fn fields(fields: impl IntoIterator<Item = impl Into<TextObject>>) -> Self {
        SectionBlock::new().set_fields(fields).into()
    }

    /// Returns a header of up to 150 characters.
    #[must_use]
    pub fn header(text: impl Into<PlainText>) -> Self {
        HeaderBlock::new(text).into()
    }

    /// Returns an image block for a public URL; `alt_text` describes the image for screen readers.
    #[must_use]
    pub fn image(url: impl Into<String>, alt_text: impl Into<String>) -> Self {
        ImageBlock::new(alt_text).set_image_url(url).into()
    }

    /// Returns a block of standard Markdown, of up to 12000 characters.
    #[must_use]
    pub fn markdown(text: impl Into<String>) -> Self {
        MarkdownBlock::new(text).into()
    }

    /// Returns formatted text.
    ///
    /// ```
    /// use slack_rtm_models::{Block, RichTextInline, RichTextLink, RichTextSection};
    ///
    /// let block = Block::rich_text([RichTextSection::new([
    ///     RichTextInline::from("See "),
    ///     RichTextLink::new("https://example.com").into(),
    /// ])]);
    /// assert_eq!(block.to_plain_text().as_deref(), Some("See https://example.com"));
    /// ```
    #[must_use]
    pub fn rich_text(elements: impl IntoIterator<Item = impl Into<RichTextElement>>) -> Self {
        RichTextBlock::new(elements).into()
    }

    /// Returns a section. A string is Slack's own markup; a [`PlainText`] is shown as it is.
    #[must_use]
    pub fn section(text: impl Into<TextObject>) -> Self {
        SectionBlock::new().set_text(text).into()
    }

    /// Returns a table of up to 100 rows of up to 20 cells.
    ///
    /// ```
    /// use slack_rtm_models::Block;
    ///
    /// let table = Block::table([["name", "state"], ["web", "green"]]);
    /// ```
    #[must_use]
    pub fn table(rows: impl IntoIterator<Item = impl IntoIterator<Item = impl Into<TableCell>>>) -> Self {
        let rows: Vec<Vec<TableCell>> =
            rows.into_iter().map(|row| row.into_iter().map(Into::into).collect()).collect();
        TableBlock::new(rows).into()
    }

    /// Returns the plain text of a rich text block, or `None` for other blocks. See [`RichTextBlock::to_plain_text`].
    #[must_use]
    pub fn to_plain_text(&self) -> Option<String> {
        match self {
            Self::RichText(block) => Some(block.to_plain_text()),
            _ => None,
        }
    }
}

impl TextObject {
    /// Returns the text of either kind, or `None` for a kind that this release does not know.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::PlainText(plain) => Some(&plain.text),
            Self::Mrkdwn(mrkdwn) => Some(&mrkdwn.text),
            Self::Unknown(_) => None,
        }
    }
}

impl OptionObject {
    /// Returns an option with the value that the app receives when a user selects it.
    #[must_use]
    pub fn with_value(text: impl Into<PlainText>, value: impl Into<String>) -> Self {
        Self::new(text.into()).set_value(value)
    }
}

/// Implements `From` strings for a type that wraps one.
macro_rules! from_text {
    ($($name:ident: $by:ident,)*) => {
        $(
            impl From<&str> for $name {
                fn from(text: &str) -> Self {
                    $by::new(text).into()
                }
            }

            impl From<String> for $name {
                fn from(text: String) -> Self {
                    $by::new(text).into()
                }
            }
        )*
    };
}

pub(crate) use from_text;

from_text! {
    PlainText: PlainText,
    Mrkdwn: Mrkdwn,
    // The same markup as in the text of a message.
    TextObject: Mrkdwn,
    ContextElement: Mrkdwn,
    TableCell: RawText,
}

/// Converts hand-written JSON, which is sent as it is.
impl From<RawJson> for Block {
    fn from(block: RawJson) -> Self {
        Self::Unknown(block)
    }
}

impl From<f64> for TableCell {
    fn from(number: f64) -> Self {
        RawNumber::new(number).into()
    }
}

/// Implements `decode_blocks` for types with a `blocks` field.
macro_rules! decode_blocks {
    ($($name:ident)*) => {
        $(
            impl $name {
                /// Decodes the blocks, which are kept as Slack sent them. Returns an empty list if `blocks` is absent.
                ///
                /// A block of an unknown kind, or of a shape that its kind does not have, becomes [`Block::Unknown`], which keeps its JSON.
                ///
                /// # Errors
                /// Returns an error if `blocks` is not a list.
                pub fn decode_blocks(&self) -> Result<Vec<Block>, DecodeError> {
                    self.blocks.as_ref().map_or_else(|| Ok(Vec::new()), |blocks| blocks.decode())
                }
            }
        )*
    };
}

decode_blocks! { AppMentionEvent Attachment Message }

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Button, ButtonStyle, Confirm, ImageElement, StaticSelect};

    fn json(blocks: &[Block]) -> serde_json::Value {
        serde_json::to_value(blocks).unwrap()
    }

    #[test]
    fn blocks_are_written_as_slack_reads_them() {
        let blocks = [
            Block::header("Release 7"),
            Block::section("*hi*"),
            Block::section(PlainText::new("*hi*")),
            Block::fields(["*Build*", "green"]),
            Block::divider(),
            Block::image("https://example.com/cat.png", "A cat"),
            Block::context([
                ContextElement::from("seen"),
                ImageElement::new("x").set_image_url("https://e.com").into(),
            ]),
            Block::markdown("**hi**"),
            Block::table([vec![TableCell::from("builds"), 7.5.into()]]),
            Block::rich_text([crate::RichTextSection::new(["hi"])]),
        ];
        assert_eq!(
            json(&blocks),
            serde_json::json!([
                { "type": "header", "text": { "type": "plain_text", "text": "Release 7" } },
                { "type": "section", "text": { "type": "mrkdwn", "text": "*hi*" } },
                { "type": "section", "text": { "type": "plain_text", "text": "*hi*" } },
                { "type": "section", "fields": [{ "type": "mrkdwn", "text": "*Build*" }, { "type": "mrkdwn", "text": "green" }] },
                { "type": "divider" },
                { "type": "image", "alt_text": "A cat", "image_url": "https://example.com/cat.png" },
                { "type": "context", "elements": [{ "type": "mrkdwn", "text": "seen" }, { "type": "image", "alt_text": "x", "image_url": "https://e.com" }] },
                { "type": "markdown", "text": "**hi**" },
                { "type": "table", "rows": [[{ "type": "raw_text", "text": "builds" }, { "type": "raw_number", "value": 7.5 }]] },
                { "type": "rich_text", "elements": [{ "type": "rich_text_section", "elements": [{ "type": "text", "text": "hi" }] }] },
            ])
        );
    }

    #[test]
    fn elements_are_written_as_slack_reads_them() {
        let confirm = Confirm::new("Sure?", "It is *Friday*.", "Yes", "No").set_style(ButtonStyle::Danger);
        let deploy = Button::new("Deploy").set_action_id("deploy").set_confirm(confirm);
        let menu =
            StaticSelect::new().set_action_id("where").set_options([OptionObject::with_value("Web", "web")]);
        assert_eq!(
            json(&[Block::actions([BlockElement::from(deploy), menu.into()])]),
            serde_json::json!([{ "type": "actions", "elements": [
                {
                    "type": "button", "text": { "type": "plain_text", "text": "Deploy" }, "action_id": "deploy",
                    "confirm": {
                        "title": { "type": "plain_text", "text": "Sure?" }, "text": { "type": "mrkdwn", "text": "It is *Friday*." },
                        "confirm": { "type": "plain_text", "text": "Yes" }, "deny": { "type": "plain_text", "text": "No" }, "style": "danger",
                    },
                },
                {
                    "type": "static_select", "action_id": "where",
                    "options": [{ "text": { "type": "plain_text", "text": "Web" }, "value": "web" }],
                },
            ] }])
        );
    }

    #[test]
    fn a_message_has_its_blocks_on_demand() {
        let message = |blocks: &str| -> Message {
            crate::decode(format!(r#"{{"type":"message"{blocks}}}"#).as_bytes()).unwrap()
        };
        assert_eq!(message("").decode_blocks(), Ok(Vec::new()));
        assert_eq!(message(r#","blocks":[]"#).decode_blocks(), Ok(Vec::new()));
        let odd = r#"[{"type":"divider"},{"type":"new","x":[1.0]},{"type":"header"},7,null]"#;
        let blocks = message(&format!(r#","blocks":{odd}"#)).decode_blocks().unwrap();
        assert_eq!(blocks.iter().filter(|block| matches!(block, Block::Unknown(_))).count(), 4);
        assert_eq!(serde_json::to_string(&blocks).unwrap(), odd);
        for blocks in [r#","blocks":{}"#, r#","blocks":"[]""#] {
            assert!(message(blocks).decode_blocks().is_err(), "{blocks}");
        }
    }

    #[test]
    fn a_text_object_gives_its_text() {
        assert_eq!(TextObject::from("*hi*").text(), Some("*hi*"));
        assert_eq!(TextObject::from(PlainText::new("hi")).text(), Some("hi"));
        assert_eq!(serde_json::from_str::<TextObject>(r#"{"type":"new"}"#).unwrap().text(), None);
    }
}
