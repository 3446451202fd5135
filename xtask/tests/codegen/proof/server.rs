//! A server that answers as the documents say, and writes down every request that is not as they say.

mod accept;
mod check;
mod deep;
mod forms;
mod http;
mod styles;

use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};

use super::{Kind, sample};
use http::Request;

/// An operation of a document.
pub(crate) struct Operation<'a> {
    pub(crate) path: &'a str,
    pub(crate) method: &'a str,
    pub(crate) item: &'a Json,
    pub(crate) node: &'a Json,
}

const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];

/// Every operation, in the order of the document.
pub(crate) fn operations(document: &Json) -> Vec<Operation<'_>> {
    let mut out = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, node) in
            item.as_object().into_iter().flatten().filter(|(key, _)| METHODS.contains(&key.as_str()))
        {
            out.push(Operation { path, method, item, node });
        }
    }
    out
}

impl<'a> Operation<'a> {
    /// Its parameters, with their pointers; those of its own stand in for those of its path.
    pub(crate) fn parameters(&self, document: &'a Json) -> Vec<&'a Json> {
        let of = |node: &'a Json| {
            node["parameters"].as_array().into_iter().flatten().map(|it| sample::resolve(it, document))
        };
        let own: Vec<&Json> = of(self.node).collect();
        let is_own =
            |it: &&Json| own.iter().any(|other| other["name"] == it["name"] && other["in"] == it["in"]);
        of(self.item).filter(|it| !is_own(it)).chain(own.iter().copied()).collect()
    }

    pub(crate) fn body(&self, document: &'a Json) -> Option<&'a Json> {
        self.node.get("requestBody").map(|body| sample::resolve(body, document))
    }

    /// The schema of an argument: of a parameter, of the body, or of a field of a form.
    pub(crate) fn argument(&self, name: &str, document: &'a Json) -> Option<Json> {
        let parameter = self.parameters(document).into_iter().find(|it| it["name"] == name);
        if let Some(parameter) = parameter {
            let content = parameter["content"].as_object().and_then(|content| content.values().next());
            return Some(
                content.map_or_else(|| parameter["schema"].clone(), |media| media["schema"].clone()),
            );
        }
        let query = self.parameters(document).into_iter().find(|it| it["in"] == "querystring");
        let form = query.map(|it| &it["content"]["application/x-www-form-urlencoded"]["schema"]);
        if let Some(field) = form.and_then(|form| check::property(form, name, document)) {
            return Some(field.clone());
        }
        let body = self.body(document)?;
        let media = body["content"].as_object()?.values().find(|media| media.get("schema").is_some())?;
        let schema = sample::resolve(&media["schema"], document);
        match name {
            "body" => Some(media["schema"].clone()),
            "additional_fields" => {
                let further = &schema["additionalProperties"];
                Some(json!({ "type": "object", "additionalProperties": further }))
            }
            name => forms::field(schema, name, document).cloned(),
        }
    }
}

pub(crate) struct Server {
    port: u16,
    seen: Arc<Mutex<(usize, Vec<String>)>>,
}

impl Server {
    pub(crate) fn start(kinds: Vec<Kind>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new((0, Vec::new())));
        let told = seen.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(request) = Request::read(&stream) else { continue };
                let (answer, violations) = answer(&kinds, &request);
                let mut told = told.lock().unwrap();
                told.0 += usize::from(request.header("x-answer").is_none());
                told.1.extend(
                    violations.iter().map(|it| format!("{} {}: {it}", request.method, request.target)),
                );
                drop(told);
                answer.write(&mut stream);
            }
        });
        Self { port, seen }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// How many requests came that asked for nothing special, and what was wrong with all of them.
    pub(crate) fn end(&self) -> (usize, Vec<String>) {
        self.seen.lock().unwrap().clone()
    }
}

fn answer(kinds: &[Kind], request: &Request) -> (http::Answer, Vec<String>) {
    let path = request.target.split('?').next().unwrap();
    let found = kinds.iter().find_map(|kind| {
        let rest = path.strip_prefix(&format!("/{}", kind.name)).filter(|rest| rest.starts_with('/'))?;
        let all = operations(&kind.document);
        let found = all
            .into_iter()
            .filter(|it| it.method.eq_ignore_ascii_case(&request.method))
            .filter_map(|it| Some((check::path(it.path, rest)?, it)));
        // The one with the fewest places is meant, and among paths that are one the one whose own query came.
        let query = request.target.split_once('?').map_or("", |(_, query)| query);
        let is_meant = |it: &Operation<'_>| {
            it.path.split('#').next().unwrap().split_once('?').is_none_or(|(_, own)| query.contains(own))
        };
        found
            .filter(|(_, it)| is_meant(it))
            .min_by_key(|(places, it)| (places.len(), !it.path.contains('?')))
            .map(|(places, it)| (kind, places, it))
    });
    let Some((kind, places, operation)) = found else {
        return (http::Answer::json(404, &json!({})), vec!["no document has it".to_owned()]);
    };
    let mut violations = check::request(kind, &operation, &places, request);
    let responses = operation.node["responses"].as_object();
    let status = match request.header("x-answer") {
        Some(status) => status.to_owned(),
        None => {
            let first =
                responses.into_iter().flatten().map(|(status, _)| status).find(|it| it.starts_with('2'));
            first.cloned().unwrap_or_else(|| "200".to_owned())
        }
    };
    let class = format!("{}XX", &status[..1]);
    let response = [status.as_str(), &class, "default"].iter().find_map(|it| responses?.get(*it));
    let response = response.map(|it| sample::resolve(it, &kind.document));
    let number = status.replace("XX", "00").parse().unwrap();
    let content = response.and_then(|it| it["content"].as_object());
    let chosen = content
        .and_then(|all| all.iter().find(|(kind, _)| kind.contains("json")).or_else(|| all.iter().next()));
    if request.header("x-answer").is_none() {
        violations.extend(accept::wrong(request, chosen.map(|(media, _)| media.as_str())));
    }
    if let Some(body) = request.header("x-body") {
        return (http::Answer::json(number, &serde_json::from_str(body).unwrap()), violations);
    }
    let answer = match chosen {
        None => http::Answer::empty(number),
        Some((media, content)) if media.contains("json") || media == "*/*" => {
            let body = content
                .get("schema")
                .map_or_else(|| json!({ "any": 1 }), |schema| sample::of(schema, &kind.document));
            http::Answer::json(number, &body)
        }
        Some((media, _)) => http::Answer::text(number, media),
    };
    (answer, violations)
}
