//! The content of records, as far as it is compared.

use crate::{
    encoding::{ErrorPolicy, RecordText, TextOptions, subfields},
    record::{AsRecord, FIELD_TERMINATOR, Field, Leader},
    select::{Selector, TagPattern},
};
use std::borrow::Cow;
use twox_hash::XxHash3_64;
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

/// Positions of the leader that describe the record, and not its layout in a file or its encoding.
const DESCRIPTIVE: [std::ops::Range<usize>; 2] = [5..9, 17..20];

/// The tag of the leader in a line.
pub(super) const LEADER: &str = "LDR";

/// The end of a line. No text of a field contains it.
const END: char = FIELD_TERMINATOR as char;

/// Symbol for the end of a line, in its place in a text.
const END_SYMBOL: char = '\u{241E}';

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
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Content {
    text: String,
}

impl Content {
    /// Creates a content from the text that another one had.
    pub(super) const fn from_text(text: String) -> Self {
        Self { text }
    }

    pub(super) fn as_text(&self) -> &str {
        &self.text
    }

    /// Replaces this content by that of a record.
    pub(super) fn fill(&mut self, record: &impl AsRecord, text: RecordText, rule: &Rule) {
        self.text.clear();
        if !rule.ignores_leader() {
            self.push_leader(record.leader());
        }
        for field in record.fields() {
            if rule.ignored.iter().any(|pattern| pattern.matches(field.tag())) {
                continue;
            }
            self.push_field(record, text, field, rule.composes);
        }
    }

    fn push_leader(&mut self, leader: Leader<'_>) {
        self.text.push_str(LEADER);
        self.text.push(Mark::Control.as_char());
        let shown = |(at, byte): (usize, &u8)| match DESCRIPTIVE.iter().any(|it| it.contains(&at)) {
            true => char::from(*byte),
            false => '.',
        };
        self.text.extend(leader.as_bytes().iter().enumerate().map(shown));
        self.text.push(END);
    }

    fn push_field(
        &mut self,
        record: &impl AsRecord,
        rule: RecordText,
        field: Field<'_>,
        composes: bool,
    ) {
        self.text.extend(field.tag().as_bytes().map(char::from));
        let decoded = rule.field(record, field);
        let mark = match (decoded.is_ok(), field) {
            (false, _) => Mark::Undecodable,
            (true, Field::Data(data)) if !data.is_bare() => Mark::Data,
            (true, _) => Mark::Control,
        };
        self.text.push(mark.as_char());
        // With this policy all bytes are text.
        let policy = rule.with_policy(ErrorPolicy::BackslashReplace);
        let text = decoded.or_else(|_| policy.field(record, field)).unwrap_or_default();
        let start = self.text.len();
        match composes && is_nfc_quick(text.chars()) != IsNormalized::Yes {
            true => self.text.extend(text.nfc()),
            false => self.text.push_str(&text),
        }
        if self.text[start..].contains(END) {
            let symbols = self.text[start..].replace(END, END_SYMBOL.encode_utf8(&mut [0; 4]));
            self.text.truncate(start);
            self.text.push_str(&symbols);
        }
        self.text.push(END);
    }

    /// Returns the lines, in the order of the record.
    pub(super) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.text.split_terminator(END).map(Line)
    }

    /// Returns a hash of the content.
    pub(super) fn hash(&self, ignores_order: bool) -> u64 {
        if !ignores_order {
            return XxHash3_64::oneshot(self.text.as_bytes());
        }
        let mut lines: Vec<_> = self.text.split_terminator(END).collect();
        lines.sort_unstable();
        XxHash3_64::oneshot(lines.join(END.encode_utf8(&mut [0; 4])).as_bytes())
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
    const fn as_char(self) -> char {
        match self {
            Self::Control => 'c',
            Self::Data => 'd',
            Self::Undecodable => 'u',
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
        let is_control = self.parts().1.starts_with(Mark::Control.as_char());
        let (indicators, _) = self.text().split_once('\u{1F}').unwrap_or((self.text(), ""));
        (!is_control && indicators.chars().count() <= 2).then_some(indicators)
    }

    /// Returns the subfields.
    pub(super) fn subfields(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let text = if self.indicators().is_some() { self.text() } else { "" };
        subfields(text)
    }
}
