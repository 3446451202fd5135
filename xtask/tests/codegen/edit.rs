//! Edits of the spec, as a person makes them.

use crate::support::Copy;

pub(crate) const SPEC: &str = "openapi/slack-rtm.yaml";
pub(crate) const MESSAGE: &str = "openapi/events/message.yaml";
pub(crate) const EVENT: &str = "openapi/events/event.yaml";
pub(crate) const TYPES: &str = "openapi/events/event_types.yaml";
pub(crate) const CONNECTION: &str = "openapi/events/connection.yaml";
pub(crate) const CONVERSATIONS: &str = "openapi/web/conversations.yaml";
pub(crate) const COMMANDS: &str = "openapi/events/commands.yaml";
pub(crate) const REPLIES: &str = "openapi/events/replies.yaml";
pub(crate) const CONFIG: &str = "codegen/config.yaml";

/// What is done to the spec.
pub(crate) enum Edit {
    /// In this file, this text is replaced with that one.
    Replace(&'static str, &'static str, &'static str),
    /// This stands among the schemas of the root document.
    Schema(&'static str),
    /// This stands among the properties of `ConnectedUser`.
    Property(&'static str),
    /// This stands among the paths of the root document.
    Path(&'static str),
    /// This stands among the parameters of rtm.connect.
    Parameter(&'static str),
    /// This file has this content.
    File(&'static str, &'static [u8]),
}

impl Edit {
    /// Where it happens and what stands there afterwards.
    pub(crate) fn apply(&self, copy: &Copy) -> &'static str {
        let indented = |text: &str, blanks: usize| {
            text.lines().map(|line| format!("{:blanks$}{line}\n", "")).collect::<String>()
        };
        match self {
            Self::Replace(file, from, to) => {
                copy.edit(file, from, to);
                file
            }
            Self::Schema(text) => {
                let anchor = "    ConnectedUser:\n";
                copy.edit(SPEC, anchor, &format!("{}{anchor}", indented(text, 4)));
                SPEC
            }
            Self::Property(text) => {
                let anchor = "        name:\n          description: The name of the user in the workspace.\n";
                copy.edit(SPEC, anchor, &format!("{}{anchor}", indented(text, 8)));
                SPEC
            }
            Self::Path(text) => {
                let anchor = "  /rtm.start:\n";
                copy.edit(SPEC, anchor, &format!("{}{anchor}", indented(text, 2)));
                SPEC
            }
            Self::Parameter(text) => {
                let anchor = "        - $ref: \"#/components/parameters/PresenceSub\"\n";
                copy.edit(SPEC, anchor, &format!("{}{anchor}", indented(text, 8)));
                SPEC
            }
            Self::File(file, content) => {
                let path = copy.path(file);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, content).unwrap();
                file
            }
        }
    }
}

/// An operation that is as it should be but for what is said first.
macro_rules! operation {
    ($path:literal, $method:literal, $head:literal) => {
        operation!($path, $method, $head, "")
    };
    ($path:literal, $method:literal, $head:literal, $more:literal) => {
        concat!(
            $path, ":\n  ", $method, ":\n", $head,
            "    summary: Tells.\n    description: Tells something.\n", $more,
            "    responses:\n",
            "      \"200\": { description: x, content: { application/json: { schema: { $ref: \"#/components/schemas/ConnectedTeam\" } } } }\n",
            "      default: { description: x, content: { application/json: { schema: { $ref: \"#/components/schemas/ErrorResponse\" } } } }\n",
        )
    };
}

pub(crate) use operation;
