//! The arguments of a call, from the query, a form or JSON.

use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::log::Request;

/// The largest number of arguments that a call is read with.
const MAX: usize = 1000;

#[derive(Clone, Debug, Default)]
pub(crate) struct Arguments(Map<String, Value>);

impl Arguments {
    /// Reads the query, and the form or the JSON object in the body.
    ///
    /// # Errors
    /// Returns Slack's error code if the body is neither a form nor a JSON object.
    pub(crate) fn read(request: &Request) -> Result<Self, &'static str> {
        let mut arguments = Map::new();
        let form = |text| form_urlencoded::parse(text).into_owned().take(MAX);
        arguments.extend(form(request.query.as_bytes()).map(|(name, value)| (name, Value::from(value))));
        let content_type = request.content_type();
        if request.has_json() {
            match serde_json::from_slice(&request.body) {
                Ok(Value::Object(object)) => arguments.extend(object),
                Ok(_) => return Err("json_not_object"),
                Err(_) => return Err("invalid_json"),
            }
        } else if content_type.starts_with("multipart/form-data") {
            arguments.extend(
                request
                    .parts()
                    .into_iter()
                    .map(|(name, value)| (name, Value::from(String::from_utf8_lossy(&value).into_owned()))),
            );
        } else if request.body.is_empty() || content_type.starts_with("application/x-www-form-urlencoded") {
            arguments.extend(form(&request.body).map(|(name, value)| (name, Value::from(value))));
        } else if content_type.is_empty() {
            return Err("missing_post_type");
        } else {
            return Err("invalid_post_type");
        }
        // An explicit null stands for the default.
        arguments.retain(|_, value| !value.is_null());
        Ok(Self(arguments))
    }

    /// Returns an argument that is not empty, as text. Numbers and booleans become text, as in a form.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) if text.is_empty() => None,
            Value::String(text) => Some(text.clone()),
            value @ (Value::Number(_) | Value::Bool(_)) => Some(value.to_string()),
            _ => None,
        }
    }

    pub(crate) fn is_set(&self, name: &str) -> bool {
        matches!(self.text(name).as_deref(), Some("1" | "true"))
    }

    /// Returns the items of a list, which are separated by commas in a text.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        match self.0.get(name) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(text)) => {
                text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Parses JSON, directly or in a string. `Err` if the string is not JSON.
    pub(crate) fn json(&self, name: &str) -> Result<Option<Value>, ()> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text).map(Some).map_err(drop),
            Some(value) => Ok(Some(value.clone())),
        }
    }

    /// Returns all arguments except the token.
    pub(crate) fn all(&self) -> Map<String, Value> {
        let mut all = self.0.clone();
        all.remove("token");
        all
    }
}
