//! The content of records, as far as it is compared.

use crate::{
    encoding::{Encoding, ErrorPolicy, RecordText, TextOptions, from_utf8, subfields},
    record::{AsRecord, FIELD_TERMINATOR, Field, LEADER_LENGTH, Leader, RecordRef, Tag},
    select::{Selector, TagPattern},
};
use memchr::memchr_iter;
use std::{borrow::Cow, string::FromUtf8Error};
use twox_hash::XxHash3_64;
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

/// Positions of the leader that describe the record, and not its layout in a file or its encoding.
const DESCRIPTIVE: [std::ops::Range<usize>; 2] = [5..9, 17..20];

/// The tag of the leader in a line.
const LEADER: Tag = Tag::new(*b"LDR");

/// The end of a line. No text of a field contains it.
const END: u8 = FIELD_TERMINATOR;

/// Symbol for the end of a line, in its place in a text.
const END_SYMBOL: &str = "\u{241E}";

/// The rule by which records are compared.
#[derive(Debug)]
pub(in crate::cli) struct Rule {
    /// Selector of the key; field 001 if there is none.
    pub(in crate::cli) key: Option<Selector>,
    /// Fields that are not compared.
    pub(in crate::cli) ignored: Vec<TagPattern>,
    /// True if the order of the fields is not compared.
    pub(in crate::cli) ignores_order: bool,
    /// True if composed and decomposed letters are the same.
    pub(in crate::cli) composes: bool,
    pub(in crate::cli) text: TextOptions,
}

impl Rule {
    /// Returns the key of a record, without blanks at its ends; `None` if it has none.
    pub(super) fn key<'r>(
        &self,
        record: &'r impl AsRecord,
        control_number: Option<&'r [u8]>,
        text: RecordText,
    ) -> Option<Cow<'r, [u8]>> {
        let Some(selector) = &self.key else {
            let key = control_number?.trim_ascii();
            return (!key.is_empty()).then_some(Cow::Borrowed(key));
        };
        let values = selector.values(record, text).ok()?;
        let key = values.into_iter().map(|value| value.trim().as_bytes().to_vec());
        key.into_iter().find(|key| !key.is_empty()).map(Cow::Owned)
    }

    fn ignores_leader(&self) -> bool {
        self.ignored.iter().any(|pattern| pattern.is_leader())
    }
}

/// The content of a record: a line for the leader and for each field, with its tag, a mark and its
/// text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Content {
    text: String,
}

impl Content {
    /// Creates a content from the bytes that [`Lines`] made.
    pub(super) fn from_bytes(bytes: Vec<u8>) -> Result<Self, FromUtf8Error> {
        String::from_utf8(bytes).map(|text| Self { text })
    }

    /// Returns the lines, in the order of the record.
    pub(super) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.text.split_terminator(char::from(END)).map(Line)
    }

    /// Returns the title: the subfields `$a` and `$b` of field 245.
    pub(super) fn title(&self) -> String {
        let Some(line) = self.lines().find(|line| line.tag() == "245") else {
            return String::new();
        };
        let parts = line.subfields().filter(|(code, _)| matches!(*code, "a" | "b"));
        let title = parts.map(|(_, value)| value.trim()).collect::<Vec<_>>().join(" ");
        title.trim_end_matches([' ', '/', ':', ';', ',', '=']).into()
    }
}

/// The bytes of a content, which are UTF-8. Most contents are only hashed, and never become text.
#[derive(Debug, Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
}

impl Lines {
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Replaces these lines by those of a record, of which `view` is the view.
    pub(super) fn fill(
        &mut self,
        record: &impl AsRecord,
        view: RecordRef<'_>,
        text: RecordText,
        rule: &Rule,
    ) {
        // The end of a line is hardly ever in a field, so it is only searched for at the end.
        let lines = self.push_all(record, view, text, rule, false);
        if memchr_iter(END, &self.bytes).count() != lines {
            self.push_all(record, view, text, rule, true);
        }
    }

    /// Does the same, and returns the number of lines. `has_ends` says that a field contains the
    /// byte that ends a line.
    fn push_all(
        &mut self,
        record: &impl AsRecord,
        view: RecordRef<'_>,
        text: RecordText,
        rule: &Rule,
        has_ends: bool,
    ) -> usize {
        self.bytes.clear();
        let mut lines = 0;
        if !rule.ignores_leader() {
            self.push_leader(view.leader());
            lines += 1;
        }
        // Nearly every record is text as it stands: one check serves all fields.
        let bytes = view.as_bytes();
        let whole = match text.encoding() {
            Encoding::Utf8 => from_utf8(bytes).ok(),
            _ => rule.text.as_it_stands_in_all(bytes),
        };
        self.bytes.reserve(bytes.len());
        for field in view.fields() {
            if rule.ignored.iter().any(|pattern| pattern.matches(field.tag())) {
                continue;
            }
            let start = view.offset_of(field.as_bytes());
            let end = start + field.as_bytes().len();
            match whole.and_then(|whole| whole.get(start..end)) {
                Some(text) => {
                    self.push_line(field.tag(), Mark::of(field), text, rule.composes, has_ends);
                }
                None => self.push_field(record, text, field, rule.composes, has_ends),
            }
            lines += 1;
        }
        lines
    }

    fn push_leader(&mut self, leader: Leader<'_>) {
        let mut shown = [b'.'; LEADER_LENGTH];
        for range in DESCRIPTIVE {
            shown[range.clone()].copy_from_slice(&leader.as_bytes()[range]);
        }
        let latin;
        let text = match str::from_utf8(&shown) {
            Ok(text) => text,
            Err(_) => {
                latin = shown.map(char::from).into_iter().collect::<String>();
                &latin
            }
        };
        self.push_line(LEADER, Mark::Control, text, false, true);
    }

    /// Appends the line of a field that must be decoded.
    #[cold]
    fn push_field(
        &mut self,
        record: &impl AsRecord,
        rule: RecordText,
        field: Field<'_>,
        composes: bool,
        has_ends: bool,
    ) {
        let decoded = rule.field(record, field);
        let mark = if decoded.is_ok() { Mark::of(field) } else { Mark::Undecodable };
        // With this policy all bytes are text.
        let policy = rule.with_policy(ErrorPolicy::BackslashReplace);
        let text = decoded.or_else(|_| policy.field(record, field)).unwrap_or_default();
        self.push_line(field.tag(), mark, &text, composes, has_ends);
    }

    fn push_line(&mut self, tag: Tag, mark: Mark, text: &str, composes: bool, has_ends: bool) {
        let [first, second, third] = *tag.as_bytes();
        if tag.as_bytes().is_ascii() {
            self.bytes.extend_from_slice(&[first, second, third, mark.as_byte()]);
        } else {
            let characters = [first, second, third].map(char::from).into_iter().collect::<String>();
            let tag = tag.as_str().unwrap_or(&characters);
            self.bytes.extend_from_slice(tag.as_bytes());
            self.bytes.push(mark.as_byte());
        }
        let composed: String;
        let mut text = text;
        if composes && is_nfc_quick(text.chars()) != IsNormalized::Yes {
            composed = text.nfc().collect();
            text = &composed;
        }
        match has_ends {
            true => self.bytes.extend(text.replace(char::from(END), END_SYMBOL).bytes()),
            false => self.bytes.extend_from_slice(text.as_bytes()),
        }
        self.bytes.push(END);
    }

    /// Returns a hash of the content.
    pub(super) fn hash(&self, ignores_order: bool) -> u64 {
        if !ignores_order {
            return XxHash3_64::oneshot(&self.bytes);
        }
        let mut lines: Vec<_> = self.bytes.split_inclusive(|byte| *byte == END).collect();
        lines.sort_unstable();
        XxHash3_64::oneshot(&lines.concat())
    }
}

/// The kind of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// Data without indicators and subfields.
    Control,
    Data,
    /// Undecodable bytes, which are shown as `\xe9`.
    Undecodable,
}

impl Mark {
    /// Returns the mark of a field whose text is sound.
    fn of(field: Field<'_>) -> Self {
        match field {
            Field::Data(data) if !data.is_bare() => Self::Data,
            _ => Self::Control,
        }
    }

    const fn as_byte(self) -> u8 {
        match self {
            Self::Control => b'c',
            Self::Data => b'd',
            Self::Undecodable => b'u',
        }
    }
}

/// The line of the leader or of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Line<'a>(&'a str);

impl<'a> Line<'a> {
    /// Number of characters of a tag.
    const TAG: usize = 3;

    fn parts(self) -> (&'a str, &'a str) {
        let end = self.0.char_indices().nth(Self::TAG).map_or(self.0.len(), |(at, _)| at);
        self.0.split_at(end)
    }

    /// Returns tag, mark and text.
    pub(super) const fn whole(self) -> &'a str {
        self.0
    }

    pub(super) fn tag(self) -> &'a str {
        self.parts().0
    }

    /// Returns the text: that of a data field begins with the indicators.
    pub(super) fn text(self) -> &'a str {
        self.parts().1.get(1..).unwrap_or_default()
    }

    /// Returns the indicators of a field that has subfields.
    pub(super) fn indicators(self) -> Option<&'a str> {
        let is_control = self.parts().1.starts_with(char::from(Mark::Control.as_byte()));
        let (indicators, _) = self.text().split_once('\u{1F}').unwrap_or((self.text(), ""));
        (!is_control && indicators.chars().count() <= 2).then_some(indicators)
    }

    /// Returns the subfields.
    pub(super) fn subfields(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let text = if self.indicators().is_some() { self.text() } else { "" };
        subfields(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminator_inside_a_field_is_shown_and_ends_no_line() {
        let data = b"id\x1E10\x1Fato\x1Eo\x1Fbtwo\x1E";
        let bytes =
            [&b"00067nam a2200049   4500001000300000245001400003\x1E"[..], data, b"\x1D"].concat();
        let record = RecordRef::parse(&bytes).unwrap();
        let text = RecordText::of(&record, TextOptions::new());
        let rule = Rule {
            key: None,
            ignored: Vec::new(),
            ignores_order: false,
            composes: false,
            text: TextOptions::new(),
        };
        let mut lines = Lines::default();
        lines.fill(&record, record, text, &rule);
        let content = Content::from_bytes(lines.into_bytes()).unwrap();
        let lines: Vec<_> = content.lines().map(Line::whole).collect();
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert_eq!(lines[1..], ["001cid", "245d10\u{1F}ato\u{241E}o\u{1F}btwo"]);
    }
}
