//! The content of a document beside its records, which a new form of the file does not have.

use crate::format::Format;
use regex::bytes::{Regex, RegexBuilder};
use std::sync::LazyLock;

/// Content beside the records of a document.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// Name of the root of an XML document that is more than a collection of records, such as an
    /// answer of OAI-PMH.
    wrapper: Option<String>,
    has_comments: bool,
    /// True if a record of MARCXML has attributes other than declarations of namespaces.
    has_attributes: bool,
    has_begun: bool,
}

impl Beside {
    /// Adds what the next batch of the document has.
    pub(super) fn add(&mut self, format: Format, bytes: &[u8]) {
        if format == Format::Marcxml {
            if !self.has_begun {
                self.wrapper = wrapper_of(&String::from_utf8_lossy(bytes));
            }
            self.has_attributes |= START_OF_RECORD.captures_iter(bytes).any(|start| {
                let names =
                    ATTRIBUTE.captures_iter(start.get(1).map_or(b"", |list| list.as_bytes()));
                names.into_iter().any(|name| !name[1].starts_with(b"xmlns"))
            });
        }
        self.has_comments |= match format {
            Format::Marcxml => XML_COMMENT.is_match(bytes),
            Format::Marcmaker => MARCMAKER_COMMENT.is_match(bytes),
            Format::Line => LINE_COMMENT.is_match(bytes),
            Format::Iso2709 | Format::Json | Format::JsonLines => false,
        };
        self.has_begun = true;
    }

    /// Returns what would be lost, in words; `None` if the document has only records.
    pub(super) fn loss(&self) -> Option<String> {
        let wrapper = self.wrapper.as_ref();
        let wrapper = wrapper
            .map(|wrapper| format!("the data around the records, in the element {wrapper},"));
        let comments = self.has_comments.then(|| "comments".into());
        let attributes = self.has_attributes.then(|| "attributes of `record` elements".into());
        let parts: Vec<_> = [wrapper, comments, attributes].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| format!("{} would be lost", parts.join(" and ")))
    }
}

/// The start tag of a record, and its attributes.
static START_OF_RECORD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"<(?:[\w.-]+:)?record\s((?:[^>"']|"[^"]*"|'[^']*')*)>"#));

/// The name of an attribute. Values are skipped.
static ATTRIBUTE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"([^\s=]+)\s*=\s*(?:"[^"]*"|'[^']*')"#));

/// A comment, or a processing instruction other than a declaration.
static XML_COMMENT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"<!--|<\?(?:[^x]|x[^m]|xm[^l]|xml\S)"));

static MARCMAKER_COMMENT: LazyLock<Regex> = LazyLock::new(|| pattern(r"^#"));

/// A comment, or a message of yaz-marcdump.
static LINE_COMMENT: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:<!--|\()"));

fn pattern(expression: &str) -> Regex {
    let built = RegexBuilder::new(expression).multi_line(true).unicode(false).build();
    built.expect("the expressions of this file are valid")
}

/// Returns the name of the root of an XML document by its first bytes, unless it is a collection or
/// a record.
fn wrapper_of(first: &str) -> Option<String> {
    let root = root_of(first)?;
    let local = root.rsplit(':').next().unwrap_or_default();
    (local != "collection" && local != "record").then(|| root.to_owned())
}

/// Returns the name of the first element after comments and declarations.
fn root_of(mut text: &str) -> Option<&str> {
    loop {
        text = &text[text.find('<')? + 1..];
        match text.as_bytes().first()? {
            b'!' if text.starts_with("!--") => text = &text[text.find("-->")?..],
            b'!' | b'?' => {}
            _ => {
                return text
                    .split(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/')
                    .next();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(format: Format, text: &str) -> String {
        let mut beside = Beside::default();
        beside.add(format, text.as_bytes());
        beside.loss().unwrap_or_default()
    }

    #[test]
    fn attributes_and_comments_are_found_and_namespaces_are_none() {
        let (attributes, comments) =
            ("attributes of `record` elements would be lost", "comments would be lost");
        let both = "comments and attributes of `record` elements would be lost";
        for (text, expected) in [
            ("<record>", ""),
            ("<record xmlns='a' xmlns:xsi = \"b>c\">", ""),
            ("<marc:record\n id='1'>", attributes),
            ("<record xmlns='id=\"1\"'>", ""),
            ("<record xmlns='a' type=\"Bibliographic\">", attributes),
            ("<recordData id='1'>", ""),
            ("<record><!-- checked --></record>", comments),
            ("<record a='>' ><!-- checked --></record>", both),
        ] {
            let text = format!("<?xml version='1.0'?>\n<collection>{text}");
            assert_eq!(loss(Format::Marcxml, &text), expected, "{text}");
        }
        assert_eq!(loss(Format::Marcxml, "<?xml-stylesheet href='a'?><collection>"), comments);
        for (format, text, expected) in [
            (Format::Marcmaker, "=LDR  x\n=001  #1\n", ""),
            (Format::Marcmaker, "=LDR  x\n# new\n=001  1\n", comments),
            (Format::Line, "x\n245 10 $a (x)\n", ""),
            (Format::Line, "(Record ends)\n", comments),
            (Format::Iso2709, "# <!-- (", ""),
        ] {
            assert_eq!(loss(format, text), expected, "{text}");
        }
    }
}
