//! The parser of one object of MARC-in-JSON.

use crate::format::{
    Controls, NoteKind, ReadOptions,
    draft::{Draft, ParseError, check_code, indicator_of, quoted, tag_of},
};
use crate::record::{SUBFIELD_DELIMITER, Tag};
use memchr::memchr;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt, mem, str};

/// Length in bytes above which the strings of a record are not copied while it is read.
const LONG: usize = 1 << 20;

/// Puts the content of an object of MARC-in-JSON into the draft.
pub(in crate::format) fn parse(
    bytes: &[u8],
    options: &ReadOptions,
    draft: &mut Draft,
) -> Result<(), ParseError> {
    let text = str::from_utf8(bytes).map_err(|error| {
        ParseError::encoding(format!("byte {} of the record is not UTF-8", error.valid_up_to()))
    })?;
    let outcome = parse_text(text, options.controls, text.len() > LONG, draft);
    if let Err(Failure::Fraction) = outcome {
        // The digits of a number with a fraction are only in the JSON.
        draft.again();
        return parse_text(text, options.controls, true, draft).map_err(Failure::into_error);
    }
    outcome.map_err(Failure::into_error)
}

fn parse_text(
    text: &str,
    controls: Controls,
    is_raw: bool,
    draft: &mut Draft,
) -> Result<(), Failure> {
    let mut failure = None;
    let into = Into { draft, controls, is_raw, failure: &mut failure };
    let mut json = serde_json::Deserializer::from_str(text);
    let outcome = (&mut json).deserialize_map(RecordVisitor(into)).and_then(|()| json.end());
    match (failure, outcome) {
        (Some(failure), _) => Err(failure),
        (None, Ok(())) => Ok(()),
        (None, Err(error)) => Err(Failure::Refused(ParseError::syntax(error.to_string()))),
    }
}

/// The reason why a record is not parsed.
enum Failure {
    Refused(ParseError),
    /// A number with a fraction stands in place of text, and is read by its JSON.
    Fraction,
}

impl Failure {
    fn into_error(self) -> ParseError {
        match self {
            Self::Refused(error) => error,
            Self::Fraction => ParseError::syntax("a number stands in place of text"),
        }
    }
}

/// The destination of the parts of a record.
struct Into<'d> {
    draft: &'d mut Draft,
    controls: Controls,
    /// True if values are read by their JSON: because the record is so long that none of its strings
    /// is copied on the way, or because numbers in it have fractions.
    is_raw: bool,
    /// The reason of the failure, if it is not invalid JSON outside of a field.
    failure: &'d mut Option<Failure>,
}

impl Into<'_> {
    fn again(&mut self) -> Into<'_> {
        let (controls, is_raw) = (self.controls, self.is_raw);
        Into { draft: self.draft, controls, is_raw, failure: self.failure }
    }

    /// Names the field, and the subfield, in an error of its JSON.
    fn locate<E: Error>(&mut self, error: E, tag: Tag, code: Option<&str>) -> E {
        if self.failure.is_none() {
            let place = code.map(|code| format!("${}: ", code.escape_debug())).unwrap_or_default();
            let error = ParseError::syntax(format!("{place}{error}")).in_field(tag);
            *self.failure = Some(Failure::Refused(error));
        }
        error
    }

    /// Appends a value that is not text, but a number or `null`.
    fn push_converted<E: Error>(&mut self, text: &str, tag: Tag) -> Result<(), E> {
        self.draft.note_next(NoteKind::ValueConverted, tag);
        self.push(text, tag)
    }

    /// Appends a number or `null` that stands in place of text.
    fn push_literal<E: Error>(&mut self, json: &str, tag: Tag) -> Result<(), E> {
        match json.as_bytes() {
            b"null" => self.push_converted("", tag),
            [b'-' | b'0'..=b'9', ..] => self.push_converted(json, tag),
            _ => Err(E::custom(format!("invalid type: {}, expected a string", quoted(json)))),
        }
    }

    /// Ends the parse because of a number with a fraction.
    fn fraction<E: Error>(&mut self) -> E {
        *self.failure = Some(Failure::Fraction);
        E::custom("the record is parsed again")
    }

    /// Ends the parse with this failure.
    fn fail<E: Error>(&mut self, failure: ParseError) -> E {
        *self.failure = Some(Failure::Refused(failure));
        E::custom("the record is refused")
    }

    /// Returns an indicator, with a note if it is not a string.
    fn indicator<'de>(&mut self, text: Text<'de>, tag: Tag) -> Cow<'de, str> {
        if text.is_converted {
            self.draft.note_next(NoteKind::ValueConverted, tag);
        }
        text.text
    }

    fn tag<E: Error>(&mut self, text: &str) -> Result<Tag, E> {
        tag_of(text).map_err(|failure| self.fail(failure))
    }

    fn push<E: Error>(&mut self, text: &str, tag: Tag) -> Result<(), E> {
        let outcome = self.draft.push_value(text.as_bytes(), tag, self.controls);
        outcome.map_err(|failure| self.fail(failure))
    }

    /// Appends a string without a copy of it. Returns the JSON if it is not a string.
    fn push_raw<'de, D: Deserializer<'de>>(
        &mut self,
        json: D,
        tag: Tag,
    ) -> Result<Option<&'de str>, D::Error> {
        let json = <&RawValue>::deserialize(json)?.get();
        match json.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(text) => self.push_escaped(text, tag).map(|()| None),
            None => Ok(Some(json)),
        }
    }

    /// Appends the content of a string, with its escapes decoded. `serde_json` would first make a
    /// copy of it.
    fn push_escaped<E: Error>(&mut self, text: &str, tag: Tag) -> Result<(), E> {
        let noted = self.draft.notes.len();
        let mut rest = text;
        while let Some(start) = memchr(b'\\', rest.as_bytes()) {
            let (plain, escaped) = rest.split_at(start);
            self.push(plain, tag)?;
            // A surrogate pair is one character.
            let is_hexadecimal = |at: usize| escaped.get(at..at + 2) == Some("\\u");
            let length = match (is_hexadecimal(0), is_hexadecimal(6)) {
                (true, true)
                    if matches!(
                        escaped.as_bytes()[2..4],
                        [b'd' | b'D', b'8'..=b'9' | b'a'..=b'b' | b'A'..=b'B']
                    ) =>
                {
                    12
                }
                (true, _) => 6,
                (false, _) => 2,
            };
            let (escape, behind) = escaped.split_at_checked(length).unwrap_or((escaped, ""));
            let text: std::string::String =
                serde_json::from_str(&format!("\"{escape}\"")).map_err(E::custom)?;
            self.push(&text, tag)?;
            rest = behind;
        }
        self.push(rest, tag)?;
        // The parser makes at most one note for each value.
        let more = self.draft.notes.len() - noted;
        self.draft.notes.truncate(noted + more.min(1));
        Ok(())
    }
}

struct RecordVisitor<'d>(Into<'d>);

impl<'de> Visitor<'de> for RecordVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `leader` and `fields`")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let (mut has_leader, mut has_fields) = (false, false);
        while let Some(Text { text: key, .. }) = map.next_key()? {
            match &*key {
                "leader" if mem::replace(&mut has_leader, true) => {
                    return Err(A::Error::duplicate_field("leader"));
                }
                "leader" => {
                    let Text { text: leader, is_converted } = map.next_value()?;
                    if is_converted {
                        self.0.draft.note(NoteKind::ValueConverted);
                    }
                    if let Err(failure) = self.0.draft.set_leader(&leader, self.0.controls) {
                        return Err(self.0.fail(failure));
                    }
                }
                "fields" if mem::replace(&mut has_fields, true) => {
                    return Err(A::Error::duplicate_field("fields"));
                }
                "fields" => {
                    map.next_value_seed(FieldArray(self.0.again()))?;
                }
                _ => {
                    self.0.draft.note(NoteKind::ContentIgnored);
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if has_fields { Ok(()) } else { Err(A::Error::missing_field("fields")) }
    }
}

/// The visitor of the array of fields.
struct FieldArray<'d>(Into<'d>);

impl<'de> DeserializeSeed<'de> for FieldArray<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for FieldArray<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of fields")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut fields: A) -> Result<(), A::Error> {
        while fields.next_element_seed(Field(self.0.again()))?.is_some() {}
        Ok(())
    }
}

/// The visitor of one or several fields: an object from tags to content.
struct Field<'d>(Into<'d>);

impl<'de> DeserializeSeed<'de> for Field<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Field<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field: an object with its tag as key")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(Text { text: tag, .. }) = map.next_key()? {
            let tag = self.0.tag(&tag)?;
            let start = self.0.draft.arena.len();
            map.next_value_seed(Content { into: self.0.again(), tag })?;
            self.0.draft.end_field(tag, start);
        }
        Ok(())
    }
}

/// The visitor of a field's content: text, or indicators and subfields.
struct Content<'d> {
    into: Into<'d>,
    tag: Tag,
}

impl<'de> DeserializeSeed<'de> for Content<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, json: D) -> Result<(), D::Error> {
        let tag = self.tag;
        let content = Content { into: self.into.again(), tag };
        content.read(json).map_err(|error| self.into.locate(error, tag, None))
    }
}

impl Content<'_> {
    fn read<'de, D: Deserializer<'de>>(mut self, json: D) -> Result<(), D::Error> {
        if !(self.into.is_raw && self.tag.is_control()) {
            return json.deserialize_any(self);
        }
        match self.into.push_raw(json, self.tag)? {
            None => Ok(()),
            Some(json) if json.starts_with(['{', '[']) => serde_json::Deserializer::from_str(json)
                .deserialize_any(self)
                .map_err(D::Error::custom),
            Some(json) => self.into.push_literal(json, self.tag),
        }
    }
}

/// The methods of a visitor that receive a string, a whole number or `null`, which stand for text.
/// A fraction has lost its digits, so the record is parsed again.
macro_rules! visit_values {
    () => {
        fn visit_str<E: Error>(mut self, text: &str) -> Result<(), E> {
            self.into.push(text, self.tag)
        }

        fn visit_u64<E: Error>(mut self, number: u64) -> Result<(), E> {
            self.into.push_converted(&number.to_string(), self.tag)
        }

        fn visit_i64<E: Error>(mut self, number: i64) -> Result<(), E> {
            self.into.push_converted(&number.to_string(), self.tag)
        }

        fn visit_f64<E: Error>(mut self, _number: f64) -> Result<(), E> {
            Err(self.into.fraction())
        }

        fn visit_unit<E: Error>(mut self) -> Result<(), E> {
            self.into.push_converted("", self.tag)
        }
    };
}

impl<'de> Visitor<'de> for Content<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the data of a control field, or an object with indicators and subfields")
    }

    visit_values!();

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        if self.tag.is_control() {
            let message = "a control field (tags 000 to 009) has data, and no subfields";
            return Err(self.into.fail(ParseError::syntax(message).in_field(self.tag)));
        }
        let (mut first, mut second) = (None, None);
        // The indicators may come last in the input, but come first in the field.
        let start = self.into.draft.arena.len();
        self.into.draft.arena.extend_from_slice(b"  ");
        while let Some(Text { text: key, .. }) = map.next_key()? {
            match &*key {
                "ind1" => first = Some(self.into.indicator(map.next_value()?, self.tag)),
                "ind2" => second = Some(self.into.indicator(map.next_value()?, self.tag)),
                "subfields" => {
                    let tag = self.tag;
                    map.next_value_seed(Subfields { into: self.into.again(), tag })?;
                }
                _ => {
                    self.into.draft.note_next(NoteKind::ContentIgnored, self.tag);
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        for (at, indicator) in [first, second].into_iter().enumerate() {
            match indicator_of(indicator.as_deref(), self.tag, self.into.draft) {
                Ok(indicator) => self.into.draft.arena[start + at] = indicator,
                Err(failure) => return Err(self.into.fail(failure)),
            }
        }
        Ok(())
    }
}

/// The visitor of the array of subfields: objects from codes to values.
struct Subfields<'d> {
    into: Into<'d>,
    tag: Tag,
}

impl<'de> DeserializeSeed<'de> for Subfields<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Subfields<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of subfields")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut array: A) -> Result<(), A::Error> {
        loop {
            let (into, tag) = (self.into.again(), self.tag);
            if array.next_element_seed(Subfields { into, tag })?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(Text { text: code, .. }) = map.next_key()? {
            if let Err(failure) = check_code(&code, self.tag) {
                return Err(self.into.fail(failure));
            }
            self.into.draft.arena.push(SUBFIELD_DELIMITER);
            self.into.draft.arena.extend_from_slice(code.as_bytes());
            map.next_value_seed(Value { into: self.into.again(), tag: self.tag, code: &code })?;
        }
        Ok(())
    }
}

/// The visitor of a subfield's value, which goes directly into the draft.
struct Value<'d, 'c> {
    into: Into<'d>,
    tag: Tag,
    code: &'c str,
}

impl<'de> DeserializeSeed<'de> for Value<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, json: D) -> Result<(), D::Error> {
        let (tag, code) = (self.tag, self.code);
        let value = Value { into: self.into.again(), tag, code };
        value.read(json).map_err(|error| self.into.locate(error, tag, Some(code)))
    }
}

impl Value<'_, '_> {
    fn read<'de, D: Deserializer<'de>>(mut self, json: D) -> Result<(), D::Error> {
        if !self.into.is_raw {
            return json.deserialize_any(self);
        }
        match self.into.push_raw(json, self.tag)? {
            None => Ok(()),
            Some(json) => self.into.push_literal(json, self.tag),
        }
    }
}

impl Visitor<'_> for Value<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    visit_values!();
}

/// A string, borrowed from the input if it has no escapes; or a whole number or `null`, as text.
struct Text<'de> {
    text: Cow<'de, str>,
    /// True if it is not a string.
    is_converted: bool,
}

impl<'de> Text<'de> {
    const fn of(text: Cow<'de, str>) -> Self {
        Self { text, is_converted: false }
    }

    const fn converted(text: String) -> Self {
        Self { text: Cow::Owned(text), is_converted: true }
    }
}

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text::of(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text::of(Cow::Owned(text.to_owned())))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Text<'de>, E> {
                Ok(Text::converted(number.to_string()))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Text<'de>, E> {
                Ok(Text::converted(number.to_string()))
            }

            fn visit_unit<E: Error>(self) -> Result<Text<'de>, E> {
                Ok(Text::converted(String::new()))
            }
        }
        json.deserialize_any(TextVisitor)
    }
}
