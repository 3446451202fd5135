//! Reads every answer and every refusal that a document has examples of. `CASES` and the names of the crates are filled in.

#![allow(deprecated)]

use std::fmt::Debug;

use generated_apis::{FromResponse, Operation};
use serde_json::Value;

/// A body, read and written again: its text for people, and what was kept of it.
type Read = fn(&str) -> Result<(String, Value), String>;

fn answer<O: Operation<Response: Debug + serde::Serialize>>(body: &str) -> Result<(String, Value), String> {
    let body = generated_models::Bytes::copy_from_slice(body.as_bytes());
    let status = generated_apis::reqwest::StatusCode::OK;
    let value = <O::Response as FromResponse>::from_response(status, &body).map_err(|error| error.to_string())?;
    Ok((format!("{value:?}"), serde_json::to_value(value).unwrap()))
}

fn refusal<O: Operation<Refusal: Debug + serde::Serialize>>(body: &str) -> Result<(String, Value), String> {
    let body = generated_models::Bytes::copy_from_slice(body.as_bytes());
    let status = generated_apis::reqwest::StatusCode::OK;
    let value = <O::Refusal as FromResponse>::from_response(status, &body).map_err(|error| error.to_string())?;
    Ok((format!("{value:?}"), serde_json::to_value(value).unwrap()))
}

const ANSWERS: &[(&str, Read, &str)] = &[/*ANSWERS*/];
const REFUSALS: &[(&str, Read, &str)] = &[/*REFUSALS*/];

/// The number of members, at any depth, and of those that are kept.
fn members(before: &Value, after: &Value) -> (usize, usize) {
    let sum = |(a, b): (usize, usize), (c, d)| (a + c, b + d);
    match (before, after) {
        (Value::Object(before), after) => before.iter().filter(|(_, value)| !value.is_null()).fold((0, 0), |all, (key, value)| {
            let kept = after.get(key).unwrap_or(&Value::Null);
            sum(all, sum((1, usize::from(!kept.is_null())), members(value, kept)))
        }),
        (Value::Array(before), after) => {
            let kept = |n: usize| after.get(n).unwrap_or(&Value::Null);
            before.iter().enumerate().fold((0, 0), |all, (n, value)| sum(all, members(value, kept(n))))
        }
        _ => (0, 0),
    }
}

fn main() {
    for (kind, cases) in [("answers", ANSWERS), ("refusals", REFUSALS)] {
        let (mut good, mut unrecognized, mut all, mut kept) = (0, 0, 0, 0);
        for (name, read, body) in cases {
            match read(body) {
                Ok((text, after)) => {
                    good += 1;
                    // This method refuses with whatever code the caller asks for.
                    let is_echo = *name == "api.test" && kind == "refusals";
                    if text.contains("Unrecognized") && !is_echo {
                        unrecognized += 1;
                        println!("{name} holds Unrecognized: {text}");
                    }
                    let before = serde_json::from_str(body).unwrap();
                    let (of_this, kept_of_this) = members(&before, &after);
                    if std::env::var_os("SHOW_LOST").is_some() && kept_of_this < of_this {
                        println!("{name} keeps {kept_of_this} of {of_this}: {before} {after}");
                    }
                    all += of_this;
                    kept += kept_of_this;
                }
                Err(error) => println!("{name} does not decode: {error}"),
            }
        }
        println!("{good} of {} {kind} decode, {unrecognized} with Unrecognized, {kept} of {all} members kept", cases.len());
    }
}
