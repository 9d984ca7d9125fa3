//! The content of records, as far as it is compared.

use crate::{
    encoding::{Encoding, ErrorPolicy, RecordText, TextOptions, from_utf8, subfields},
    record::{AsRecord, FIELD_TERMINATOR, Field, LEADER_LENGTH, Leader, RecordRef, Tag},
    select::{Selector, TagPattern},
};
use memchr::memchr_iter;
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

    /// Replaces this content by that of a record, of which `view` is the view.
    pub(super) fn fill(
        &mut self,
        record: &impl AsRecord,
        view: RecordRef<'_>,
        text: RecordText,
        rule: &Rule,
    ) {
        // The end of a line is hardly ever in a field, so it is only searched for at the end.
        let lines = self.push_all(record, view, text, rule, false);
        if memchr_iter(FIELD_TERMINATOR, self.text.as_bytes()).count() != lines {
            self.push_all(record, view, text, rule, true);
        }
    }

    /// Replaces this content by that of a record, and returns the number of lines. `has_ends` says
    /// that a field contains the character that ends a line.
    fn push_all(
        &mut self,
        record: &impl AsRecord,
        view: RecordRef<'_>,
        text: RecordText,
        rule: &Rule,
        has_ends: bool,
    ) -> usize {
        self.text.clear();
        let mut lines = 0;
        if !rule.ignores_leader() {
            self.push_leader(view.leader());
            lines += 1;
        }
        let composes = rule.composes;
        // Nearly every record is text as it stands: one check serves all fields.
        let bytes = view.as_bytes();
        let whole = match text.encoding() {
            Encoding::Utf8 => from_utf8(bytes).ok(),
            _ => rule.text.as_it_stands_in_all(bytes),
        };
        self.text.reserve(bytes.len());
        for field in view.fields() {
            if rule.ignored.iter().any(|pattern| pattern.matches(field.tag())) {
                continue;
            }
            self.push_tag(field.tag());
            let start = view.offset_of(field.as_bytes());
            let end = start + field.as_bytes().len();
            match whole.and_then(|whole| whole.get(start..end)) {
                Some(text) => self.push_mark_and_text(Mark::of(field), text, composes, has_ends),
                None => self.push_field(record, text, field, composes, has_ends),
            }
            self.text.push(END);
            lines += 1;
        }
        lines
    }

    fn push_leader(&mut self, leader: Leader<'_>) {
        self.text.push_str(LEADER);
        self.text.push(Mark::Control.as_char());
        let mut shown = [b'.'; LEADER_LENGTH];
        for range in DESCRIPTIVE {
            shown[range.clone()].copy_from_slice(&leader.as_bytes()[range]);
        }
        match str::from_utf8(&shown) {
            Ok(shown) => self.text.push_str(shown),
            Err(_) => self.text.extend(shown.map(char::from)),
        }
        self.text.push(END);
    }

    fn push_tag(&mut self, tag: Tag) {
        // Nearly all tags are ASCII, and for those a check for UTF-8 takes longer than this.
        let bytes = tag.as_bytes();
        let wide = if bytes.is_ascii() { None } else { tag.as_str() };
        match wide {
            Some(tag) => self.text.push_str(tag),
            None => bytes.iter().for_each(|byte| self.text.push(char::from(*byte))),
        }
    }

    /// Appends the mark and the text of a field that must be decoded.
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
        self.push_mark_and_text(mark, &text, composes, has_ends);
    }

    fn push_mark_and_text(&mut self, mark: Mark, text: &str, composes: bool, has_ends: bool) {
        self.text.push(mark.as_char());
        let start = self.text.len();
        match composes && is_nfc_quick(text.chars()) != IsNormalized::Yes {
            true => self.text.extend(text.nfc()),
            false => self.text.push_str(text),
        }
        if has_ends {
            let symbols = self.text[start..].replace(END, END_SYMBOL);
            self.text.truncate(start);
            self.text.push_str(&symbols);
        }
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
    /// Returns the mark of a field whose text is sound.
    fn of(field: Field<'_>) -> Self {
        match field {
            Field::Data(data) if !data.is_bare() => Self::Data,
            _ => Self::Control,
        }
    }

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
        let mut content = Content::default();
        content.fill(&record, record, text, &rule);
        let lines: Vec<_> = content.lines().map(Line::whole).collect();
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert_eq!(lines[1..], ["001cid", "245d10\u{1F}ato\u{241E}o\u{1F}btwo"]);
    }
}
