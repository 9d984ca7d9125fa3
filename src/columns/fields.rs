//! Whole fields: as structs, and as rows of the long table.

use super::{buffers::Buffers, cells::Treatment, row::Row};
use crate::{
    encoding::{TextError, cut, subfields},
    record::{DataField, Field, Tag},
};
use std::{borrow::Cow, str, string::ToString};

/// The subfield codes that a column of fields takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codes {
    All,
    /// ASCII codes, as a mask.
    Some(u128),
}

impl Codes {
    /// Returns the codes of a text; blanks between them have no meaning.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let add = |mask, c: char| match c {
            ' ' => Some(mask),
            '!'..='~' => Some(mask | 1 << u32::from(c)),
            _ => None,
        };
        let mask = text.chars().try_fold(0, add)?;
        Some(if mask == 0 { Self::All } else { Self::Some(mask) })
    }

    fn has(self, code: Option<&str>) -> bool {
        match (self, code.map(str::as_bytes)) {
            (Self::All, _) => true,
            (Self::Some(mask), Some(&[code])) => mask >> code & 1 == 1,
            (Self::Some(_), _) => false,
        }
    }
}

/// Appends a tag as text. A byte of it that is not ASCII is escaped.
fn push_tag(tag: Tag, buffers: &mut Buffers) {
    match tag.as_bytes() {
        bytes if bytes.is_ascii() => buffers.push_bytes(bytes),
        _ => buffers.push_bytes(tag.to_string().as_bytes()),
    }
}

/// A field with its text, as far as it is decodable.
pub(super) struct Read<'f> {
    pub(super) field: Field<'f>,
    pub(super) text: Result<Cow<'f, str>, TextError>,
}

impl<'f> Read<'f> {
    pub(super) fn new(row: &Row<'f>, field: Field<'f>) -> Self {
        Self { field, text: row.text_of(field) }
    }

    /// Returns the data field, unless it is data without subfields.
    fn data(&self) -> Option<DataField<'f>> {
        self.field.data().filter(|data| !data.is_bare())
    }

    /// Returns the value of a control field, or of a data field that is like one; null if it is
    /// undecodable.
    fn value(&self) -> Option<&str> {
        self.text.as_deref().ok()
    }

    /// Appends the indicators of a data field.
    fn push_indicators(&self, data: DataField<'_>, [first, second]: [&mut Buffers; 2]) {
        let indicators = data.indicators();
        if let both @ [b' '..=b'~', b' '..=b'~'] = [indicators.first, indicators.second] {
            first.push_bytes(&both[..1]);
            return second.push_bytes(&both[1..]);
        }
        let text = self.text.as_deref().unwrap_or_default();
        let mut characters = cut(text).0.chars();
        for (byte, buffers) in [(indicators.first, first), (indicators.second, second)] {
            match (byte, characters.next()) {
                (b' '..=b'~', _) => buffers.push_bytes(&[byte]),
                (_, Some(c)) => buffers.push_bytes(c.encode_utf8(&mut [0; 4]).as_bytes()),
                (_, None) => buffers.push_null(),
            }
        }
    }

    /// Calls `take` with the code and value of each subfield. Either is `None` if it is undecodable.
    fn each_subfield(&self, row: &Row<'_>, mut take: impl FnMut(Option<&str>, Option<&str>)) {
        match &self.text {
            Ok(text) => subfields(text).for_each(|(code, value)| take(Some(code), Some(value))),
            Err(_) => {
                for (code, value) in row.text.each_subfield(&row.record, self.field) {
                    take(str::from_utf8(code).ok(), value.as_deref().ok());
                }
            }
        }
    }

    /// Appends the chosen subfields as a list of structs, or null if the field has no such subfield.
    /// Returns false if a value is undecodable.
    fn push_subfields(
        &self,
        row: &Row<'_>,
        codes: Codes,
        how: Option<&Treatment>,
        list: &mut Buffers,
    ) -> bool {
        let items = list.items();
        let before = items.rows();
        let mut is_whole = true;
        self.each_subfield(row, |code, value| {
            if codes.has(code)
                && let [codes, values] = items.members()
            {
                codes.push_text(code);
                is_whole &= value.is_some();
                let changed = value.map(|value| match how {
                    Some(how) => how.changed(value),
                    None => Cow::Borrowed(value),
                });
                values.push_text(changed.as_deref());
                items.close();
            }
        });
        if list.items().rows() > before {
            list.close();
        } else {
            list.push_null();
        }
        is_whole
    }

    /// Appends a struct of `ind1`, `ind2` and `subfields`. Returns false if a value is undecodable.
    pub(super) fn push_struct(
        &self,
        row: &Row<'_>,
        codes: Codes,
        how: &Treatment,
        data: DataField<'_>,
        buffers: &mut Buffers,
    ) -> bool {
        let [first, second, subfields] = buffers.members() else { return true };
        self.push_indicators(data, [first, second]);
        let is_whole = self.push_subfields(row, codes, Some(how), subfields);
        buffers.close();
        is_whole
    }

    /// Appends a struct of `tag`, `ind1`, `ind2`, `value` and `subfields`.
    pub(super) fn push_nested(&self, row: &Row<'_>, buffers: &mut Buffers) {
        let [tag, first, second, value, subfields] = buffers.members() else { return };
        push_tag(self.field.tag(), tag);
        match self.data() {
            Some(data) => {
                self.push_indicators(data, [first, second]);
                value.push_null();
                self.push_subfields(row, Codes::All, None, subfields);
            }
            None => {
                first.push_null();
                second.push_null();
                value.push_text(self.value());
                subfields.push_null();
            }
        }
        buffers.close();
    }

    /// Appends a row for each subfield, or one for a field without subfields, to the columns of the
    /// long table.
    pub(super) fn push_long(&self, row: &Row<'_>, field_no: i64, columns: [&mut Buffers; 7]) {
        let [field_nos, tags, first, second, subfield_nos, codes, values] = columns;
        let mut begin = || {
            field_nos.push_int(field_no);
            push_tag(self.field.tag(), tags);
        };
        let Some(data) = self.data() else {
            begin();
            [first, second, subfield_nos, codes].into_iter().for_each(Buffers::push_null);
            return values.push_text(self.value());
        };
        let mut subfield_no = 0;
        self.each_subfield(row, |code, value| {
            begin();
            self.push_indicators(data, [first, second]);
            subfield_no += 1;
            subfield_nos.push_int(subfield_no);
            codes.push_text(code);
            values.push_text(value);
        });
        if subfield_no == 0 {
            begin();
            self.push_indicators(data, [first, second]);
            [subfield_nos, codes, values].into_iter().for_each(Buffers::push_null);
        }
    }
}
