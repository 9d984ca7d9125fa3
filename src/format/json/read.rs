//! Parses one object of MARC-in-JSON.

use crate::format::{
    Controls, NoteKind, ReadOptions,
    draft::{Draft, ParseError, check_code, indicator_of, tag_of},
};
use crate::record::{SUBFIELD_DELIMITER, Tag};
use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use std::{borrow::Cow, fmt, mem, str};

/// Puts into the draft what an object of MARC-in-JSON says.
pub(in crate::format) fn parse(
    bytes: &[u8],
    options: &ReadOptions,
    draft: &mut Draft,
) -> Result<(), ParseError> {
    let text = str::from_utf8(bytes).map_err(|error| {
        ParseError::encoding(format!("byte {} of the record is not UTF-8", error.valid_up_to()))
    })?;
    let mut failure = None;
    let into = Into { draft, controls: options.controls, failure: &mut failure };
    let mut json = serde_json::Deserializer::from_str(text);
    let outcome = (&mut json).deserialize_map(RecordVisitor(into)).and_then(|()| json.end());
    match (failure, outcome) {
        (Some(failure), _) => Err(failure),
        (None, outcome) => outcome.map_err(|error| ParseError::syntax(error.to_string())),
    }
}

/// Where the parts of a record go.
struct Into<'d> {
    draft: &'d mut Draft,
    controls: Controls,
    /// What is wrong, where it is not JSON that is wrong.
    failure: &'d mut Option<ParseError>,
}

impl Into<'_> {
    fn again(&mut self) -> Into<'_> {
        Into { draft: self.draft, controls: self.controls, failure: self.failure }
    }

    /// Ends the parse with this failure.
    fn fail<E: Error>(&mut self, failure: ParseError) -> E {
        *self.failure = Some(failure);
        E::custom("the record is refused")
    }

    fn tag<E: Error>(&mut self, text: &str) -> Result<Tag, E> {
        tag_of(text).map_err(|failure| self.fail(failure))
    }

    fn push<E: Error>(&mut self, text: &str, tag: Tag, to: &mut Vec<u8>) -> Result<(), E> {
        let outcome = self.draft.push_value(text.as_bytes(), tag, self.controls, to);
        outcome.map_err(|failure| self.fail(failure))
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
        while let Some(Text(key)) = map.next_key()? {
            match &*key {
                "leader" if mem::replace(&mut has_leader, true) => {
                    return Err(A::Error::duplicate_field("leader"));
                }
                "leader" => {
                    let Text(leader) = map.next_value()?;
                    if let Err(failure) = self.0.draft.set_leader(&leader, self.0.controls) {
                        return Err(self.0.fail(failure));
                    }
                }
                "fields" if mem::replace(&mut has_fields, true) => {
                    return Err(A::Error::duplicate_field("fields"));
                }
                "fields" => {
                    map.next_value_seed(Fields(self.0.again()))?;
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

/// The array of fields.
struct Fields<'d>(Into<'d>);

impl<'de> DeserializeSeed<'de> for Fields<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of fields")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut fields: A) -> Result<(), A::Error> {
        while fields.next_element_seed(Field(self.0.again()))?.is_some() {}
        Ok(())
    }
}

/// One field, or several: an object from tags to content.
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
        while let Some(Text(tag)) = map.next_key()? {
            let tag = self.0.tag(&tag)?;
            let mut bytes = self.0.draft.field();
            map.next_value_seed(Content { into: self.0.again(), tag, bytes: &mut bytes })?;
            self.0.draft.push(tag, bytes);
        }
        Ok(())
    }
}

/// The content of a field: text, or indicators and subfields.
struct Content<'d> {
    into: Into<'d>,
    tag: Tag,
    bytes: &'d mut Vec<u8>,
}

impl<'de> DeserializeSeed<'de> for Content<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Content<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the data of a control field, or an object with indicators and subfields")
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<(), E> {
        self.into.push(text, self.tag, self.bytes)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        if self.tag.is_control() {
            let message = "a control field (tags 000 to 009) has data, and no subfields";
            return Err(self.into.fail(ParseError::syntax(message).in_field(self.tag)));
        }
        let (mut first, mut second) = (None, None);
        // The indicators may come last, and go first.
        self.bytes.extend_from_slice(b"  ");
        while let Some(Text(key)) = map.next_key()? {
            match &*key {
                "ind1" => first = Some(map.next_value::<Text<'_>>()?.0),
                "ind2" => second = Some(map.next_value::<Text<'_>>()?.0),
                "subfields" => {
                    let (tag, bytes) = (self.tag, &mut *self.bytes);
                    map.next_value_seed(Subfields { into: self.into.again(), tag, bytes })?;
                }
                _ => {
                    self.into.draft.note_next(NoteKind::ContentIgnored, self.tag);
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        for (at, indicator) in [first, second].into_iter().enumerate() {
            match indicator_of(indicator.as_deref(), self.tag, self.into.draft) {
                Ok(indicator) => self.bytes[at] = indicator,
                Err(failure) => return Err(self.into.fail(failure)),
            }
        }
        Ok(())
    }
}

/// The array of subfields: objects from codes to values.
struct Subfields<'d> {
    into: Into<'d>,
    tag: Tag,
    bytes: &'d mut Vec<u8>,
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
            let (into, tag, bytes) = (self.into.again(), self.tag, &mut *self.bytes);
            if array.next_element_seed(Subfields { into, tag, bytes })?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(Text(code)) = map.next_key()? {
            if let Err(failure) = check_code(&code, self.tag) {
                return Err(self.into.fail(failure));
            }
            let Text(value) = map.next_value()?;
            self.bytes.push(SUBFIELD_DELIMITER);
            self.bytes.extend_from_slice(code.as_bytes());
            self.into.push(&value, self.tag, self.bytes)?;
        }
        Ok(())
    }
}

/// A string, borrowed from the input where it has no escapes.
struct Text<'de>(Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        json.deserialize_str(TextVisitor)
    }
}
