//! Records as text for humans.

mod order;
mod wrap;

use crate::{
    encoding::{ErrorPolicy, RecordText, subfields},
    error::{Error, escaped},
    parse::BatchRecord,
    record::{AsRecord, DataField, Field, Leader},
};
use order::in_pairs;
use std::fmt::Write as _;
use wrap::Lines;

/// Number of columns before the content of a field: tag, indicators and blanks.
const INDENT: usize = 7;

/// The appearance of a part of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    /// The line before a record.
    Heading,
    Tag,
    Indicator,
    Code,
    /// Undecodable bytes.
    Damage,
}

impl Style {
    /// Returns the escape sequence that begins the style (ECMA-48, SGR).
    const fn begin(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Heading => "\x1b[2m",
            Self::Tag => "\x1b[1;34m",
            Self::Indicator => "\x1b[36m",
            Self::Code => "\x1b[33m",
            Self::Damage => "\x1b[1;31m",
        }
    }
}

/// The layout of records: colours, and the width of a line.
#[derive(Debug)]
pub(super) struct Display {
    has_colours: bool,
    width: Option<usize>,
}

impl Display {
    pub(super) const fn new(has_colours: bool, width: Option<usize>) -> Self {
        Self { has_colours, width }
    }

    /// Returns a record as text, with an empty line after it.
    pub(super) fn record(&self, record: &BatchRecord<'_>) -> String {
        let mut text = String::new();
        self.push(&record.place(), Style::Heading, &mut text);
        text.push('\n');
        self.leader(record.leader(), &mut text);
        let rule = record.text();
        let fields: Vec<_> = record.view().fields().collect();
        for at in in_pairs(&fields) {
            self.field(record, rule, fields[at], &mut text);
        }
        for fault in record.faults().iter().chain(&record.undecodable()) {
            let tag = fault.tag().map(|tag| format!("field {tag}: ")).unwrap_or_default();
            let line = format!("  {} {}: {tag}{}", fault.code(), fault.severity(), fault.reason());
            self.push(&escaped(&line), Style::Damage, &mut text);
            text.push('\n');
        }
        text.push('\n');
        text
    }

    /// Appends a leader to the text. A position in it or in a control field is counted from the
    /// start, so these stand on one line.
    pub(super) fn leader(&self, leader: Leader<'_>, text: &mut String) {
        let leader = shown_bytes(leader.as_bytes());
        self.unbroken().line("LDR", None, &[(leader, Style::Plain)], text);
    }

    /// Returns a damaged span as text: the message, and the bytes at fault.
    pub(super) fn fault(&self, error: &Error) -> String {
        let mut text = String::new();
        for line in error.detail().lines() {
            self.push(line, Style::Damage, &mut text);
            text.push('\n');
        }
        text.push('\n');
        text
    }

    /// Appends a field of the record to the text, with the rule for its text.
    pub(super) fn field(
        &self,
        record: &impl AsRecord,
        rule: RecordText,
        field: Field<'_>,
        text: &mut String,
    ) {
        let tag = field.tag().to_string();
        let decoded = rule.field(record, field);
        let is_damaged = decoded.is_err();
        // With this policy all bytes are text.
        let policy = rule.with_policy(ErrorPolicy::BackslashReplace);
        let content = decoded.or_else(|_| policy.field(record, field)).unwrap_or_default();
        let Field::Data(data) = field else {
            return self.unbroken().line(&tag, None, &pieces(&content, is_damaged), text);
        };
        let indicators = shown_indicators(data);
        let mut parts = Vec::new();
        if data.is_bare() {
            parts.extend(pieces(&content, is_damaged));
        }
        for (code, value) in subfields(&content) {
            parts.push((format!("${}", escaped(code)), Style::Code));
            parts.push((" ".into(), Style::Plain));
            parts.extend(pieces(value, is_damaged));
            parts.push((" ".into(), Style::Plain));
        }
        self.line(&tag, Some(&indicators), &parts, text);
    }

    /// Returns the layout for a line of any length.
    const fn unbroken(&self) -> Self {
        Self { has_colours: self.has_colours, width: None }
    }

    /// Appends a field: its tag, its indicators, and its content on as many lines as it needs.
    fn line(
        &self,
        tag: &str,
        indicators: Option<&str>,
        parts: &[(String, Style)],
        text: &mut String,
    ) {
        self.push(&format!("{tag:<3}"), Style::Tag, text);
        text.push(' ');
        match indicators {
            Some(indicators) => self.push(indicators, Style::Indicator, text),
            None => text.push_str("  "),
        }
        text.push(' ');
        let width = self.width.map(|width| width.saturating_sub(INDENT));
        let mut lines = Lines::new(width);
        for (part, style) in parts {
            lines.push(part, *style);
        }
        for (nth, line) in lines.finish().iter().enumerate() {
            if nth > 0 {
                // Writing to a string does not fail.
                let _ = write!(text, "{:INDENT$}", "");
            }
            for (part, style) in line {
                self.push(part, *style, text);
            }
            text.push('\n');
        }
    }

    /// Appends text in a style.
    fn push(&self, part: &str, style: Style, text: &mut String) {
        match self.has_colours && style != Style::Plain {
            true => text.extend([style.begin(), part, "\x1b[0m"]),
            false => text.push_str(part),
        }
    }
}

/// Returns the two indicators, with `#` for a blank.
fn shown_indicators(field: DataField<'_>) -> String {
    let indicators = field.indicators();
    let shown = |byte: u8| match byte {
        b' ' => '#',
        b'!'..=b'~' => char::from(byte),
        _ => '?',
    };
    match field.is_bare() {
        true => "  ".into(),
        false => [indicators.first, indicators.second].map(shown).iter().collect(),
    }
}

/// Returns bytes that should be ASCII.
fn shown_bytes(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// Returns text in one style, and in another the bytes that are written as `\xe9` in it.
fn pieces(text: &str, is_damaged: bool) -> Vec<(String, Style)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while is_damaged && let Some(at) = rest.find("\\x") {
        let is_byte = rest[at + 2..].bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
        let end = if is_byte { at + 4 } else { at + 2 };
        pieces.push((escaped(&rest[..at]).into_owned(), Style::Plain));
        let style = if is_byte { Style::Damage } else { Style::Plain };
        pieces.push((rest[at..end].to_owned(), style));
        rest = &rest[end..];
    }
    pieces.push((escaped(rest).into_owned(), Style::Plain));
    pieces.retain(|(piece, _)| !piece.is_empty());
    pieces
}
