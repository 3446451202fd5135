//! The guide's table of contents and its links. Its code is compiled and run as doctests of this crate.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src")
}

/// The targets of the Markdown links in a text.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
}

#[test]
fn the_contents_list_every_chapter() {
    let contents = std::fs::read_to_string(folder().join("SUMMARY.md")).unwrap();
    let listed: BTreeSet<String> = links(&contents).map(str::to_owned).collect();
    let chapters: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".md") && name != "SUMMARY.md")
        .collect();
    assert_eq!(listed, chapters);
}

#[test]
fn links_between_chapters_lead_somewhere() {
    let mut checked = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for link in links(&text).filter(|link| !link.starts_with("https://")) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = std::fs::read_to_string(folder().join(file));
            let headings = target.as_deref().unwrap_or_default().lines().filter(|line| line.starts_with('#'));
            let has_heading = heading.is_empty() || headings.into_iter().any(|line| anchor(line) == heading);
            assert!(target.is_ok() && has_heading, "{}: {link}", path.display());
            checked += 1;
        }
    }
    assert!(checked > 5, "{checked}");
}

/// The anchor that mdBook gives a heading.
fn anchor(heading: &str) -> String {
    let title = heading.trim_start_matches('#').trim().to_lowercase();
    title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect::<String>().replace(' ', "-")
}
