//! Checks the security requirements of operations against the schemes and scopes of the document.

use super::{Lint, Rules};
use crate::finding::Finding;
use crate::spec::naming;
use crate::spec::security::{Scheme, is_challenged, unknown_http};
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

    /// Reports unsupported security schemes, as a warning if the operation has a supported alternative, and undeclared ones, always as a warning: an operation
    /// none of whose schemes is declared is called without credentials.
    fn foreign_security(&mut self) {
        let schemes = self.document.root.at(&["components", "securitySchemes"]);
        let of_all = self.document.root.get("security");
        for operation in self.operations() {
            let Some(wanted) = operation.node.get("security").or(of_all) else { continue };
            let location =
                operation.node.get("security").map_or(&operation.node.location, |own| &own.location);
            let (mut refused, mut undeclared) = (Vec::new(), Vec::new());
            let mut is_callable = wanted.seq().is_empty();
            for together in wanted.seq() {
                let before = (refused.len(), undeclared.len());
                for (name, entry) in together.map() {
                    match schemes.and_then(|all| all.get(name)) {
                        None => undeclared.push((name, entry)),
                        Some(scheme) if Scheme::of(scheme).is_none() => refused.push((name, scheme)),
                        Some(_) => {}
                    }
                }
                is_callable |= before == (refused.len(), undeclared.len());
            }
            for (name, entry) in undeclared {
                let known = schemes.map(Node::map).into_iter().flatten().map(|(name, _)| name.as_str());
                let advice = match naming::nearest(name, known) {
                    Some(near) => format!("write `{near}` if that is meant"),
                    None => "describe it in `components/securitySchemes`".to_owned(),
                };
                let until = if is_callable { "use another alternative" } else { "have no credentials" };
                let message = format!("`{name}` is required, but is not a security scheme");
                let finding = Finding::warning(&entry.key, message);
                self.report(finding.help(format!("{advice}; until then, calls {until}")));
            }
            for (name, scheme) in refused {
                let kind = ["scheme", "in", "type"].into_iter().find_map(|key| scheme.get(key)?.str());
                let kind = kind.unwrap_or("none");
                let what = &operation.what;
                let message = format!("{what} requires `{name}`, which is of an unsupported kind (`{kind}`)");
                let finding = match is_callable {
                    true => Finding::warning(location, message),
                    false => Finding::new(location, message),
                };
                self.report(finding.help(match is_challenged(scheme) {
                    true => "it needs a challenge or a signature for each call; basic, bearer and others with a fixed header are supported",
                    false => "http, apiKey, oauth2, openIdConnect and mutualTLS are supported",
                }));
            }
        }
        self.described_schemes();
    }

    /// Warns about the security schemes for which the caller has to do more than to give a secret.
    fn described_schemes(&mut self) {
        let schemes = self.document.root.at(&["components", "securitySchemes"]);
        for (name, entry) in schemes.map(Node::map).into_iter().flatten() {
            if let Some(scheme) = unknown_http(&entry.node) {
                let message =
                    format!("`{name}` has the scheme `{scheme}`, of which only the header is known");
                self.report(Finding::warning(&entry.key, message).help(
                    "the caller gives the whole value of `Authorization`, with the name of the scheme if that is needed",
                ));
            }
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

#[cfg(test)]
mod tests {
    use super::super::tests::warnings;

    /// Returns the findings of a document with these security schemes and one operation with these requirements.
    fn told(schemes: &str, wanted: &str) -> Result<String, String> {
        warnings(&format!(
            "{{openapi: 3.0.3, info: {{title: t, version: '1'}}, paths: {{/a: {{get: {{security: [{wanted}], responses: {{}}}}}}}}, components: {{securitySchemes: {{{schemes}}}}}}}"
        ))
    }

    #[test]
    fn a_scheme_that_nobody_declared_is_not_used() {
        let basic = "basic: {type: http, scheme: basic}";
        let alone = told(basic, "{other: []}").unwrap();
        assert!(alone.contains("warning: `other` is required, but is not a security scheme"), "{alone}");
        assert!(alone.contains("until then, calls have no credentials"), "{alone}");
        let one_of_two = told(basic, "{basic: []}, {basic: [], other: []}").unwrap();
        assert!(one_of_two.contains("until then, calls use another alternative"), "{one_of_two}");
        assert!(told(basic, "{basik: []}").unwrap().contains("write `basic` if that is meant"));
    }

    #[test]
    fn a_scheme_with_a_challenge_is_refused_where_it_is_needed() {
        let schemes = "odd: {type: http, scheme: Digest}, own: {type: http, scheme: PrivateToken}, basic: {type: http, scheme: basic}";
        let refused = told(schemes, "{odd: []}").unwrap_err();
        assert!(
            refused.contains("error: `get /a` requires `odd`, which is of an unsupported kind (`Digest`)"),
            "{refused}"
        );
        assert!(refused.contains("it needs a challenge or a signature for each call"), "{refused}");
        let warned = told(schemes, "{odd: []}, {basic: []}").unwrap();
        assert!(warned.contains("warning: `get /a` requires `odd`"), "{warned}");
        for name in [
            "HOBA",
            "Mutual",
            "Negotiate",
            "SCRAM-SHA-1",
            "scram-sha-256",
            "DPoP",
            "gnap",
            "concealed",
            "hawk",
        ] {
            assert!(told(&format!("odd: {{type: http, scheme: {name}}}"), "{odd: []}").is_err(), "{name}");
        }
        let raw = told(schemes, "{own: []}").unwrap();
        assert!(
            raw.contains("warning: `own` has the scheme `PrivateToken`, of which only the header is known"),
            "{raw}"
        );
        assert!(raw.contains("the caller gives the whole value of `Authorization`, with the name of the scheme if that is needed"), "{raw}");
        assert_eq!(
            told("basic: {type: http, scheme: Basic}, token: {type: http, scheme: bearer}", "{basic: []}")
                .unwrap(),
            ""
        );
    }

    #[test]
    fn methods_that_slack_does_not_have_are_checked_too() {
        for method in ["head", "options"] {
            let refused = warnings(&format!(
                "{{openapi: 3.0.3, info: {{title: t, version: '1'}}, paths: {{/a: {{{method}: {{security: [{{odd: []}}], responses: {{}}}}}}}}, components: {{securitySchemes: {{odd: {{type: http, scheme: digest}}}}}}}}"
            ));
            assert!(refused.unwrap_err().contains(&format!("`{method} /a` requires `odd`")), "{method}");
        }
    }

    #[test]
    fn a_scheme_that_no_call_can_do_is_refused_where_it_is_needed() {
        let kinds = "odd: {type: hawk}, key: {type: apiKey, in: body, name: k}, empty: {}, tls: {type: mutualTLS}, oidc: {type: openIdConnect}, oauth: {type: oauth2}";
        for wanted in ["", "{}", "{odd: []}, {tls: []}", "{oidc: []}", "{oauth: [a]}"] {
            told(kinds, wanted).unwrap();
        }
        for (name, kind) in [("odd", "hawk"), ("key", "body"), ("empty", "none")] {
            let refused = told(kinds, &format!("{{{name}: []}}")).unwrap_err();
            let message = format!("`get /a` requires `{name}`, which is of an unsupported kind (`{kind}`)");
            assert!(refused.contains(&message), "{refused}");
        }
    }
}
