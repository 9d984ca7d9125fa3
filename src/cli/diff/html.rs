//! Differences as a page of HTML. It is one file without scripts, and loads nothing from anywhere.

use super::{
    content::Line,
    fields::FieldChange,
    pairing::Sums,
    records::Change,
    text::{heading, shown, summary},
};
use crate::page;
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Differences as a page of HTML, in parts that are written one after the other.
#[derive(Debug)]
pub(in crate::cli) struct Html {
    names: [String; 2],
}

impl Html {
    pub(in crate::cli) const fn new(names: [String; 2]) -> Self {
        Self { names }
    }

    /// Returns the start of the page, with the counts.
    pub(in crate::cli) fn begin(&self, sums: &Sums) -> String {
        let lines = summary(sums, &self.names);
        let lines: String =
            lines.iter().map(|line| format!("<p>{}</p>\n", page::text(line))).collect();
        let [one, other] = &self.names;
        let names = format!("{one} and {other}");
        let start = page::begin(&format!("{names}: differences"));
        format!("{start}<h1>{}</h1>\n{lines}", page::text(&names))
    }

    /// Returns a record that differs.
    pub(in crate::cli) fn change(change: &Change<'_>) -> String {
        let mut html = format!(
            "<section class=\"change {}\"><h2>{}</h2>\n",
            change.kind.name(),
            page::text(&heading(change))
        );
        for field in &change.fields {
            match field {
                FieldChange::Removed(line) => push(&mut html, "del", &page::text(&shown(*line))),
                FieldChange::Added(line) => push(&mut html, "ins", &page::text(&shown(*line))),
                FieldChange::Moved(line) => {
                    push(&mut html, "span", &(page::text(&shown(*line)) + " (moved)"));
                }
                FieldChange::Changed(before, after) => {
                    let [before, after] = marked(*before, *after);
                    push(&mut html, "del", &before);
                    push(&mut html, "ins", &after);
                }
            }
        }
        html + "</section>\n"
    }

    /// Returns the end of the page.
    pub(in crate::cli) const fn end() -> &'static str {
        page::END
    }
}

fn push(html: &mut String, element: &str, content: &str) {
    *html += &format!("<{element}>{content}</{element}>\n");
}

/// Returns two lines in which the words that differ are marked.
fn marked(before: Line<'_>, after: Line<'_>) -> [String; 2] {
    let (before, after) = (shown(before), shown(after));
    let words = [&before, &after].map(|line| line.split_inclusive(' ').collect::<Vec<_>>());
    let mut html = [String::new(), String::new()];
    for op in capture_diff_slices(Algorithm::Myers, &words[0], &words[1]) {
        let is_equal = matches!(op, DiffOp::Equal { .. });
        for (at, range) in [op.old_range(), op.new_range()].into_iter().enumerate() {
            let text = page::text(&words[at][range].concat());
            match is_equal || text.is_empty() {
                true => html[at] += &text,
                false => html[at] += &format!("<mark>{text}</mark>"),
            }
        }
    }
    html
}
