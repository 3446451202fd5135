//! Checks the security requirements of operations against the schemes and scopes of the document.

use super::{Lint, Rules};
use crate::finding::Finding;
use crate::spec::naming;
use crate::spec::security::Scheme;
use crate::spec::yaml::Node;

impl<'a> Lint<'a> {
    /// Checks the security requirements of the document and of its operations.
    pub(super) fn security(&mut self) {
        if self.rules == Rules::Foreign {
            return self.foreign_security();
        }
        let of_all = self.document.root.get("security").map(|all| (all, "the document".to_owned()));
        let of_one = self.operations().into_iter();
        let of_one = of_one.filter_map(|it| Some((it.node.get("security")?, it.what)));
        for (requirements, what) in of_all.into_iter().chain(of_one).collect::<Vec<_>>() {
            for (name, entry) in requirements.seq().iter().flat_map(Node::map) {
                let schemes = self.document.root.at(&["components", "securitySchemes"]);
                match schemes.and_then(|schemes| schemes.get(name)) {
                    Some(scheme) => self.scopes(&entry.node, scheme, &format!("`{name}` of {what}")),
                    None => {
                        let known =
                            schemes.map(Node::map).into_iter().flatten().map(|(name, _)| name.as_str());
                        let finding = Finding::new(
                            &entry.key,
                            format!("{what} requires `{name}`, which is not a security scheme"),
                        );
                        self.report(finding.did_you_mean(
                            naming::nearest(name, known),
                            "describe it in `components/securitySchemes`, or remove it",
                        ));
                    }
                }
            }
        }
    }

    /// Reports unsupported security schemes, as a warning if the operation has a supported alternative.
    fn foreign_security(&mut self) {
        let schemes = self.document.root.at(&["components", "securitySchemes"]);
        let of_all = self.document.root.get("security");
        for operation in self.operations() {
            let Some(wanted) = operation.node.get("security").or(of_all) else { continue };
            let location =
                operation.node.get("security").map_or(&operation.node.location, |own| &own.location);
            let (mut refused, mut is_callable) = (Vec::new(), wanted.seq().is_empty());
            for together in wanted.seq() {
                let wrong =
                    together.map().keys().find_map(|name| match schemes.and_then(|all| all.get(name)) {
                        None => Some(format!("`{name}`, which is not a security scheme")),
                        Some(scheme) => match Scheme::of(scheme) {
                            Some(_) => None,
                            None => {
                                let kind = ["scheme", "in", "type"]
                                    .into_iter()
                                    .find_map(|key| scheme.get(key)?.str());
                                Some(format!(
                                    "`{name}`, which is of an unsupported kind (`{}`)",
                                    kind.unwrap_or("none")
                                ))
                            }
                        },
                    });
                is_callable |= wrong.is_none();
                refused.extend(wrong);
            }
            for wrong in refused {
                let message = format!("{} requires {wrong}", operation.what);
                let finding = if is_callable {
                    Finding::warning(location, message)
                } else {
                    Finding::new(location, message)
                };
                self.report(finding.help("http, apiKey, oauth2, openIdConnect and mutualTLS are supported"));
            }
        }
        for (name, entry) in schemes.map(Node::map).into_iter().flatten() {
            if Scheme::of(&entry.node) == Some(Scheme::Nothing) {
                let finding = Finding::warning(
                    &entry.key,
                    format!("`{name}` authenticates the connection, not the call"),
                );
                self.report(
                    finding.help(
                        "give the client a TLS configuration that has the certificate: `rustls_config`",
                    ),
                );
            }
        }
    }

    fn scopes(&mut self, wanted: &'a Node, scheme: &'a Node, what: &str) {
        let has_scopes = scheme.get("type").and_then(Node::str) == Some("oauth2");
        // A vendored part names the scopes of the document that it is from.
        let is_vendored = self.document.others.iter().any(|other| {
            other.location.file == wanted.location.file
                && other.at(&["info", "x-provenance", "content"]).is_some()
        });
        if !has_scopes || is_vendored {
            return;
        }
        let flows = scheme.get("flows").map(Node::map).into_iter().flatten();
        let known: Vec<&str> = flows
            .filter_map(|(_, flow)| flow.node.get("scopes"))
            .flat_map(|scopes| scopes.map().keys().map(String::as_str))
            .collect();
        for scope in wanted.seq() {
            let text = scope.str().unwrap_or_default();
            if known.contains(&text) {
                continue;
            }
            let finding = Finding::new(
                &scope.location,
                format!("{what} has the scope `{text}`, which the scheme does not know"),
            );
            self.report(finding.did_you_mean(
                naming::nearest(text, known.iter().copied()),
                "add it to the `scopes` of the scheme's flow, with what it allows",
            ));
        }
    }
}
