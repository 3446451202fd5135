//! A request against what the document says of it.

use serde_json::{Map, Value as Json, json};

use super::http::{Request, decode, pairs};
use super::{Kind, Operation, deep, forms, sample, styles};

/// What stands in the places of a path, if the path is one of this template.
pub(crate) fn path(template: &str, path: &str) -> Option<Vec<(String, String)>> {
    let template = template.split(['?', '#']).next().unwrap();
    let template = if template.starts_with('/') { template.to_owned() } else { format!("/{template}") };
    let template: String =
        template.chars().map(|c| if c == ' ' { "%20".to_owned() } else { encode(c) }).collect();
    let mut places = Vec::new();
    let (mut expected, mut rest) = (template.as_str(), path);
    while let Some((before, after)) = expected.split_once('{') {
        rest = rest.strip_prefix(before)?;
        let (name, after) = after.split_once('}')?;
        let next = after.split('{').next().unwrap();
        let is_path = name.starts_with('+') || name.contains('=');
        let end = match next {
            "" if is_path => rest.len(),
            "" => rest.find('/').unwrap_or(rest.len()),
            next => rest.find(next)?,
        };
        if !is_path && rest[..end].contains('/') {
            return None;
        }
        let name = name.split('=').next().unwrap().trim_start_matches('+');
        places.push((name.to_owned(), decode(&rest[..end])));
        rest = &rest[end..];
        expected = after;
    }
    (rest == expected).then_some(places)
}

/// A property of an object or of one of its parts.
pub(super) fn property<'a>(schema: &'a Json, name: &str, document: &'a Json) -> Option<&'a Json> {
    let schema = sample::resolve(schema, document);
    let of_parts = || schema["allOf"].as_array()?.iter().find_map(|part| property(part, name, document));
    schema["properties"].get(name).or_else(of_parts)
}

/// Everything that is not as the document says.
pub(crate) fn request(
    kind: &Kind,
    operation: &Operation<'_>,
    places: &[(String, String)],
    request: &Request,
) -> Vec<String> {
    let mut check = Check { kind, wrong: Vec::new() };
    let mut query = request.query();
    let own = operation.path.split('#').next().unwrap().split_once('?').map_or("", |(_, query)| query);
    for pair in pairs(own) {
        match query.iter().position(|it| *it == pair) {
            Some(at) => drop(query.remove(at)),
            None => check.wrong.push(format!("lacks the path's own {pair:?}")),
        }
    }
    check.security(operation, request, &mut query);
    for parameter in operation.parameters(&kind.document) {
        let name = parameter["name"].as_str().unwrap();
        // One that has no place in the path is left out.
        let forms = [format!("{{{name}}}"), format!("{{+{name}}}"), format!("{{{name}=")];
        if parameter["in"] == "path" && !forms.iter().any(|form| operation.path.contains(form)) {
            continue;
        }
        let texts: Vec<String> = match parameter["in"].as_str().unwrap() {
            "path" => {
                places.iter().filter(|(place, _)| place == name).map(|(_, text)| text.clone()).collect()
            }
            "header" => request.header(name).map(str::to_owned).into_iter().collect(),
            "cookie" => request
                .cookies()
                .into_iter()
                .filter(|(other, _)| other == name)
                .map(|(_, text)| text)
                .collect(),
            "querystring" => {
                let media = &parameter["content"]["application/x-www-form-urlencoded"];
                check.form(media, std::mem::take(&mut query), "query");
                continue;
            }
            _ => {
                check.of_query(parameter, &mut query);
                continue;
            }
        };
        check.texts(parameter, &texts);
    }
    for (name, _) in query {
        check.wrong.push(format!("the document has no `{name}` in the query"));
    }
    check.body(operation, request);
    check.wrong
}

struct Check<'a> {
    kind: &'a Kind,
    wrong: Vec<String>,
}

impl Check<'_> {
    /// A parameter of the query takes away what is its own.
    fn of_query(&mut self, parameter: &Json, query: &mut Vec<(String, String)>) {
        let name = parameter["name"].as_str().unwrap();
        let schema = sample::resolve(&parameter["schema"], &self.kind.document).clone();
        let style = parameter["style"].as_str().unwrap_or("form");
        let explode = parameter["explode"].as_bool().unwrap_or(style == "form");
        let is_object = schema["type"] == "object" || schema.get("properties").is_some();
        if style == "deepObject" {
            match deep::take(query, name, &schema, &self.kind.document) {
                Some(value) => self.fits(&value, &parameter["schema"], name),
                None => self.wrong.push(format!("is missing `{name}`")),
            }
            return;
        }
        if is_object && parameter.get("content").is_none() && explode {
            let mut found = Map::new();
            query.retain(|(key, text)| {
                let field = schema["properties"].get(key).map(|_| key.as_str());
                if let Some(field) = field {
                    found.insert(
                        field.to_owned(),
                        coerce(text, &schema["properties"][field], &self.kind.document),
                    );
                }
                field.is_none()
            });
            return self.fits(&found.into(), &parameter["schema"], name);
        }
        let texts: Vec<String> =
            query.iter().filter(|(key, _)| key == name).map(|(_, text)| text.clone()).collect();
        query.retain(|(key, _)| key != name);
        self.texts(parameter, &texts);
    }

    fn texts(&mut self, parameter: &Json, texts: &[String]) {
        let name = parameter["name"].as_str().unwrap();
        let Some(first) = texts.first() else {
            if parameter["required"] == true {
                self.wrong.push(format!("is missing `{name}`"));
            }
            return;
        };
        if let Some((kind, media)) =
            parameter["content"].as_object().and_then(|content| content.iter().next())
        {
            let parsed = || serde_json::from_str(first).unwrap_or(Json::Null);
            let value = if kind.contains("json") { parsed() } else { Json::from(first.as_str()) };
            return self.fits(&value, &media["schema"], name);
        }
        match styles::value(parameter, texts, &self.kind.document) {
            Some(value) => {
                let example = &parameter["schema"]["example"];
                if example.is_string() && value != *example {
                    self.wrong.push(format!("`{name}` is {value}, not {example}"));
                }
                self.fits(&value, &parameter["schema"], name);
            }
            None => self.wrong.push(format!("`{name}` is not in its style: {texts:?}")),
        }
    }

    fn body(&mut self, operation: &Operation<'_>, request: &Request) {
        let Some(body) = operation.body(&self.kind.document) else {
            if !request.body.is_empty() || request.header("content-type").is_some() {
                self.wrong.push("has a body, or the type of one".to_owned());
            }
            if ["POST", "PUT", "PATCH"].contains(&request.method.as_str())
                && request.header("content-length") != Some("0")
            {
                self.wrong.push("does not say that it has no body".to_owned());
            }
            return;
        };
        if request.body.is_empty() && body["required"] != true {
            return;
        }
        let sent = request.header("content-type").unwrap_or_default();
        let essence = sent.split(';').next().unwrap();
        let is_it = |name: &String| {
            let name = name.split(';').next().unwrap();
            name == essence
                || name == "*/*"
                || name.strip_suffix('*').is_some_and(|begin| essence.starts_with(begin))
        };
        let Some((_, media)) = body["content"].as_object().unwrap().iter().find(|(name, _)| is_it(name))
        else {
            self.wrong.push(format!("has a body of `{sent}`"));
            return;
        };
        let schema = media.get("schema").cloned().unwrap_or_else(|| json!({}));
        let text = String::from_utf8_lossy(&request.body);
        if essence.contains("json") {
            match serde_json::from_str(&text) {
                Ok(value) => self.fits(&value, &schema, "body"),
                Err(error) => self.wrong.push(format!("the body is no JSON: {error}")),
            }
        } else if essence == "application/x-www-form-urlencoded" {
            match sample::resolve(&schema, &self.kind.document)["type"] == "string" {
                true => self.fits(&text.into(), &schema, "form"),
                false => self.form(media, pairs(&text), "form"),
            }
        } else if essence == "multipart/form-data" {
            let parts = forms::parts(&text, sent);
            self.wrong.extend(forms::wrong_parts(&parts, &schema, &self.kind.document));
        }
    }

    /// The fields of a form, which may be the query as well.
    fn form(&mut self, media: &Json, mut sent: Vec<(String, String)>, what: &str) {
        let schema = &media["schema"];
        let mut fields = Map::new();
        let how = media["encoding"].as_object().into_iter().flatten();
        for (name, _) in how.filter(|(_, how)| how["style"] == "deepObject") {
            let field = property(schema, name, &self.kind.document).unwrap();
            let value = deep::take(&mut sent, name, field, &self.kind.document);
            fields.extend(value.map(|value| (name.clone(), value)));
        }
        for (name, text) in sent {
            match forms::field(schema, &name, &self.kind.document) {
                None => self.wrong.push(format!("the {what} has no `{name}`")),
                Some(field) => {
                    let field = sample::resolve(field, &self.kind.document);
                    let explode = media["encoding"][&name]["explode"].as_bool().unwrap_or(true);
                    let item = coerce(
                        &text,
                        if field["type"] == "array" { &field["items"] } else { field },
                        &self.kind.document,
                    );
                    match (field["type"] == "array", explode) {
                        (false, _) => drop(fields.insert(name, item)),
                        (true, true) => {
                            fields
                                .entry(name)
                                .or_insert_with(|| json!([]))
                                .as_array_mut()
                                .unwrap()
                                .push(item);
                        }
                        (true, false) => {
                            let items = text
                                .split(',')
                                .map(|text| coerce(text, &field["items"], &self.kind.document))
                                .collect();
                            fields.insert(name, items);
                        }
                    }
                }
            }
        }
        self.fits(&fields.into(), schema, what);
    }

    /// One of the ways that the operation can be called in has to be taken, and nothing more may be told.
    fn security(&mut self, operation: &Operation<'_>, request: &Request, query: &mut Vec<(String, String)>) {
        let document = &self.kind.document;
        let schemes = &document["components"]["securitySchemes"];
        let mut wanted = operation
            .node
            .get("security")
            .or(document.get("security"))
            .and_then(Json::as_array)
            .cloned()
            .unwrap_or_default();
        // What nobody declared cannot be sent.
        wanted
            .retain(|together| together.as_object().unwrap().keys().all(|name| schemes.get(name).is_some()));
        let mut sent = 0;
        let has = |name: &str| {
            let scheme = &schemes[name];
            let key = scheme["name"].as_str().unwrap_or_default();
            match (scheme["type"].as_str().unwrap(), scheme["in"].as_str().unwrap_or_default()) {
                ("apiKey", "header") => request.header(key) == Some("the-key"),
                ("apiKey", "query") => query.iter().any(|(name, value)| name == key && value == "the-key"),
                ("apiKey", _) => {
                    request.cookies().iter().any(|(name, value)| name == key && value == "the-key")
                }
                ("mutualTLS", _) => true,
                _ => {
                    let expected = match scheme["scheme"].as_str().unwrap_or("bearer").to_lowercase().as_str()
                    {
                        "basic" => "Basic dXNlcjpwYXNzd29yZA==",
                        "bearer" => "Bearer the-token",
                        _ => "the-key",
                    };
                    request.header("authorization") == Some(expected)
                }
            }
        };
        let is_met = wanted.is_empty()
            || wanted.iter().any(|together| together.as_object().unwrap().keys().all(|name| has(name)));
        for scheme in document["components"]["securitySchemes"].as_object().into_iter().flat_map(Map::values)
        {
            if scheme["in"] == "query" {
                let before = query.len();
                query.retain(|(name, _)| *name != scheme["name"]);
                sent += before - query.len();
            }
            if scheme["in"] == "header" {
                sent += usize::from(request.header(scheme["name"].as_str().unwrap()).is_some());
            }
        }
        sent += usize::from(request.header("authorization").is_some());
        if !is_met {
            self.wrong.push("its credentials are not what the document asks for".to_owned());
        }
        // Such a header is a credential, which is checked as a parameter.
        let is_header = |it: &&Json| it["in"] == "header" && it["name"] == "Authorization";
        let has_header = operation.parameters(document).iter().any(is_header);
        if wanted.is_empty() && sent > 0 && !has_header {
            self.wrong.push("has credentials, and needs none".to_owned());
        }
    }

    pub(super) fn fits(&mut self, value: &Json, schema: &Json, what: &str) {
        let mut schema = schema.clone();
        nullable(&mut schema);
        let validator = |root: &Json| {
            let whole = json!({ "allOf": [schema], "components": root["components"] });
            jsonschema::validator_for(&whole).map_err(|error| error.to_string())
        };
        let lowered = || {
            let mut root = self.kind.document.clone();
            nullable(&mut root);
            validator(&root)
        };
        // What is written as JSON Schema is taken as it is written, but for its anchors, which the validator does not look for there.
        let is_json_schema =
            |source: &&Json| source["openapi"].as_str().is_some_and(|version| !version.starts_with("3.0"));
        let source = self.kind.source.as_ref().filter(is_json_schema);
        match source.and_then(|root| validator(root).ok()).map_or_else(lowered, Ok) {
            Ok(validator) => {
                let errors = validator.iter_errors(value);
                self.wrong.extend(errors.map(|error| format!("`{what}` is {value}: {error}")));
            }
            Err(error) => self.wrong.push(format!("`{what}` cannot be checked: {error}")),
        }
    }
}

/// A text as a value of a schema.
pub(super) fn coerce(text: &str, schema: &Json, document: &Json) -> Json {
    let schema = sample::resolve(schema, document);
    let parts = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
    let kinds = std::iter::once(schema).chain(parts.into_iter().flatten());
    let kinds: Vec<&str> = kinds.filter_map(|it| sample::resolve(it, document)["type"].as_str()).collect();
    let parsed = serde_json::from_str::<Json>(text).ok();
    match parsed {
        Some(value @ Json::Number(_)) if kinds.iter().any(|kind| ["integer", "number"].contains(kind)) => {
            value
        }
        Some(value @ Json::Bool(_)) if kinds.contains(&"boolean") => value,
        Some(value @ (Json::Object(_) | Json::Array(_))) if !kinds.contains(&"string") => value,
        _ => text.into(),
    }
}

/// A character as a URI has it.
fn encode(c: char) -> String {
    let mut bytes = [0; 4];
    let bytes = c.encode_utf8(&mut bytes).bytes();
    if c.is_ascii() { c.to_string() } else { bytes.map(|byte| format!("%{byte:02X}")).collect() }
}

/// What OpenAPI 3.0 says in its own way, as JSON Schema.
fn nullable(json: &mut Json) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(nullable),
        Json::Object(map) => {
            if let Some(Json::String(reference)) = map.get_mut("$ref") {
                *reference = reference.chars().map(encode).collect();
            }
            map.values_mut().for_each(nullable);
            for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
                if map.get(exclusive) == Some(&Json::Bool(true))
                    && let Some(value) = map.remove(bound)
                {
                    map.insert(exclusive.to_owned(), value);
                } else if map.get(exclusive).is_some_and(Json::is_boolean) {
                    map.remove(exclusive);
                }
            }
            // A parent and its children would be parts of one another without an end.
            if map.get("discriminator").is_some_and(Json::is_object) && map.contains_key("properties") {
                map.remove("oneOf");
            }
            if map.get("nullable") == Some(&Json::Bool(true)) {
                map.remove("nullable");
                let schema = std::mem::take(map);
                map.insert("anyOf".to_owned(), json!([schema, { "type": "null" }]));
            }
        }
        _ => {}
    }
}
