//! Checks servers and tags.

use super::{Lint, Rules};
use crate::finding::Finding;
use crate::spec::naming;
use crate::spec::yaml::Node;

impl Lint<'_> {
    pub(super) fn servers_and_tags(&mut self) {
        if self.rules == Rules::Own {
            self.servers();
            self.tags();
        } else {
            self.own_servers();
        }
    }

    /// Warns about a path or an operation whose server has a relative URL.
    fn own_servers(&mut self) {
        let mut owners = Vec::new();
        for (path, item) in self.document.root.get("paths").map(Node::map).into_iter().flatten() {
            owners.push((format!("the path `{path}`"), &item.node));
        }
        owners.extend(self.operations().into_iter().map(|operation| (operation.what, operation.node)));
        for (what, owner) in owners {
            let first = owner.get("servers").and_then(|servers| servers.seq().first());
            let Some(url) = first.and_then(|server| server.get("url")) else { continue };
            let text = url.str().unwrap_or_default().to_lowercase();
            if !text.starts_with("https://") && !text.starts_with("http://") {
                let message = format!("the server of {what} has no host");
                self.report(Finding::warning(&url.location, message).help(
                    "its calls go to the base URL of the client; write the whole address, or set it for a call with `with_base_url`",
                ));
            }
        }
    }

    fn servers(&mut self) {
        for url in
            self.document.root.get("servers").map_or(&[][..], Node::seq).iter().filter_map(|it| it.get("url"))
        {
            let text = url.str().unwrap_or_default();
            let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
            let is_host = |host: &str| !host.is_empty() && !host.contains(|c: char| c.is_whitespace());
            if !rest.is_some_and(|rest| is_host(rest.split('/').next().unwrap_or_default())) {
                self.report(
                    Finding::new(&url.location, format!("the server `{text}` has no scheme or no host"))
                        .help("write the whole address: `https://slack.com/api`"),
                );
            }
        }
    }

    /// Reports tags that look like a misspelt declared tag. Other tags need not be declared.
    fn tags(&mut self) {
        let files = std::iter::once(&self.document.root).chain(&self.document.others);
        let declared: Vec<&str> = files
            .flat_map(|file| file.get("tags").map_or(&[][..], Node::seq))
            .filter_map(|tag| tag.get("name")?.str())
            .collect();
        for operation in self.operations() {
            for tag in operation.node.get("tags").map_or(&[][..], Node::seq) {
                let text = tag.str().unwrap_or_default();
                if !declared.contains(&text)
                    && let Some(near) = naming::nearest(text, declared.iter().copied())
                {
                    let finding = Finding::new(
                        &tag.location,
                        format!("{} has the unknown tag `{text}`", operation.what),
                    );
                    self.report(finding.help(format!(
                        "did you mean `{near}`? If not, declare it among the `tags` of the root document"
                    )));
                }
            }
        }
    }
}
