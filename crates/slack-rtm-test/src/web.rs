//! The methods of the Web API: their effects on the workspace, and their answers.

mod chat;
mod conversations;
mod files;
mod history;
mod items;
mod membership;
mod scopes;
mod users;
mod workspace;

use serde_json::{Value, json};

pub(crate) use self::files::{UPLOAD, download, upload};
pub(crate) use self::scopes::needed_scopes;
use crate::arguments::Arguments;
use crate::world::{Conversation, Kind, Moment, ROBOT, World};

/// A call of a method by the bot user.
pub(crate) struct Call<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) arguments: &'a Arguments,
    /// The URL of the fake Slack, without a trailing slash.
    pub(crate) base: &'a str,
    /// The maximum number of items of a page, whatever size is requested.
    pub(crate) page_limit: Option<usize>,
    /// The resulting events, which are sent to all connections.
    pub(crate) events: Vec<Value>,
}

/// A refusal: its code, and further members of the body.
#[derive(Debug)]
pub(crate) struct Refusal {
    code: &'static str,
    message: Option<String>,
}

impl From<&'static str> for Refusal {
    fn from(code: &'static str) -> Self {
        Self { code, message: None }
    }
}

impl Refusal {
    fn missing(argument: &str) -> Self {
        Self {
            code: "invalid_arguments",
            message: Some(format!("[ERROR] missing required field: {argument}")),
        }
    }

    /// Returns the body of the answer.
    pub(crate) fn body(&self) -> Value {
        match &self.message {
            Some(message) => {
                json!({ "ok": false, "error": self.code, "response_metadata": { "messages": [message] } })
            }
            None => json!({ "ok": false, "error": self.code }),
        }
    }
}

type Outcome = Result<Value, Refusal>;

impl Call<'_> {
    /// Calls a method, and returns its answer. Afterwards `events` has the resulting events.
    pub(crate) fn answer(&mut self, method: &str) -> Outcome {
        let mut answer = match method.split_once('.').map_or(method, |(family, _)| family) {
            "chat" => self.chat(method),
            "conversations" => self.conversations(method),
            "users" => self.users(method),
            "reactions" | "pins" => self.items(method),
            "files" => self.files(method),
            _ => self.workspace(method),
        }?;
        if let Value::Object(answer) = &mut answer {
            answer.entry("ok").or_insert(Value::Bool(true));
        }
        Ok(answer)
    }

    fn required(&self, name: &str) -> Result<String, Refusal> {
        self.arguments.text(name).ok_or_else(|| Refusal::missing(name))
    }

    /// Returns the conversation that an argument names, by id or name, if it is visible to the bot user.
    fn conversation(&self, name: &str) -> Result<&Conversation, Refusal> {
        let named = self.required(name)?;
        let found = self.world.conversations.get(&named).or_else(|| {
            let name = named.trim_start_matches('#');
            self.world.conversations.values().find(|known| known.kind.is_channel() && known.name == name)
        });
        found
            .filter(|found| found.kind == Kind::Public || found.has(ROBOT))
            .ok_or_else(|| "channel_not_found".into())
    }

    /// Returns the conversation, if the bot user is a member.
    fn joined(&self, name: &str) -> Result<&Conversation, Refusal> {
        let conversation = self.conversation(name)?;
        if conversation.has(ROBOT) { Ok(conversation) } else { Err("not_in_channel".into()) }
    }

    /// Returns the conversation, if the bot user is a member and it is not archived.
    fn open_conversation(&self, name: &str) -> Result<&Conversation, Refusal> {
        let conversation = self.joined(name)?;
        if conversation.is_archived { Err("is_archived".into()) } else { Ok(conversation) }
    }

    fn conversation_mut(&mut self, id: &str) -> Result<&mut Conversation, Refusal> {
        self.world.conversations.get_mut(id).ok_or_else(|| "channel_not_found".into())
    }

    /// Returns the timestamp in an argument, if there is one.
    fn moment(&self, name: &str, code: &'static str) -> Result<Option<Moment>, Refusal> {
        let Some(text) = self.arguments.text(name) else { return Ok(None) };
        Moment::parse(&text).map(Some).ok_or_else(|| code.into())
    }

    /// Returns the number of items of a page.
    fn limit(&self, default: usize, max: usize, code: &'static str) -> Result<usize, Refusal> {
        let asked = match self.arguments.text("limit") {
            None => default,
            Some(text) => match text.parse() {
                Ok(0) => default,
                Ok(limit) if limit <= max => limit,
                // A code of its own says so; without one Slack takes as many as it likes.
                Ok(_) if code == "invalid_limit" => return Err(code.into()),
                Ok(_) => max,
                Err(_) => return Err(code.into()),
            },
        };
        Ok(asked.min(self.page_limit.unwrap_or(max)).max(1))
    }

    /// Returns the content of a cursor that begins with this word.
    fn cursor(&self, word: &str) -> Result<Option<String>, Refusal> {
        let Some(cursor) = self.arguments.text("cursor") else { return Ok(None) };
        let place = cursor.strip_prefix(word).and_then(|rest| rest.strip_prefix(':'));
        place.map(|place| Some(place.to_owned())).ok_or_else(|| "invalid_cursor".into())
    }

    /// Returns one page of items with ids, converted by `show`, and the cursor of the next page.
    fn page<'a, T>(
        &self,
        items: impl Iterator<Item = (&'a String, T)>,
        show: impl Fn(T) -> Value,
        code: &'static str,
    ) -> Result<(Vec<Value>, Value), Refusal> {
        let limit = self.limit(100, 1000, code)?;
        let after = self.cursor("after")?;
        let mut items =
            items.skip_while(|(id, _)| after.as_ref().is_some_and(|after| *id <= after)).peekable();
        let mut page = Vec::new();
        let mut last = None;
        while page.len() < limit
            && let Some((id, item)) = items.next()
        {
            last = Some(id);
            page.push(show(item));
        }
        let next = last.filter(|_| items.peek().is_some()).map(|last| format!("after:{last}"));
        Ok((page, json!({ "next_cursor": next.unwrap_or_default() })))
    }
}
