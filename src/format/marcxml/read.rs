//! The parser of one `record` element.

use super::{chars, plain::plain};
use crate::error::beginning;
use crate::format::{
    Controls, NoteKind, ReadOptions,
    draft::{Draft, ParseError, check_code, indicator_of, tag_of},
};
use crate::record::{SUBFIELD_DELIMITER, Tag};
use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesRef, BytesStart, Event},
};
use std::{borrow::Cow, str};

/// Puts the content of a `record` element into the draft.
pub(in crate::format) fn parse(
    bytes: &[u8],
    options: &ReadOptions,
    draft: &mut Draft,
) -> Result<(), ParseError> {
    let text = str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        ParseError::encoding(format!("byte {at} of the record does not decode"))
    })?;
    let text = chars::legal(text, options.controls).ok_or_else(illegal)?;
    if let Cow::Borrowed(text) = text {
        if plain(text, draft).is_some() {
            debug_assert!(agrees(text, draft), "the short way gives another result: {text}");
            return Ok(());
        }
        draft.again();
    } else {
        draft.note(NoteKind::ControlCharacter);
    }
    Parser { xml: Reader::from_str(&text), controls: options.controls, draft }.record()
}

/// Returns true if the general parser gives the same result for a record. Every test compares the
/// two.
fn agrees(text: &str, plain: &Draft) -> bool {
    let mut draft = Draft::default();
    draft.begin();
    let controls = Controls::Error;
    let outcome = Parser { xml: Reader::from_str(text), controls, draft: &mut draft }.record();
    outcome.is_ok() && draft == *plain
}

fn illegal() -> ParseError {
    ParseError::syntax("the record has a control character that XML cannot hold")
}

fn malformed(error: impl Into<quick_xml::Error>) -> ParseError {
    ParseError::syntax(error.into().to_string())
}

fn early_end() -> ParseError {
    ParseError::syntax("the record ends inside an element")
}

struct Parser<'x, 'd> {
    xml: Reader<&'x [u8]>,
    controls: Controls,
    draft: &'d mut Draft,
}

impl<'x> Parser<'x, '_> {
    fn event(&mut self) -> Result<Event<'x>, ParseError> {
        self.xml.read_event().map_err(malformed)
    }

    fn record(&mut self) -> Result<(), ParseError> {
        self.event()?;
        loop {
            match self.event()? {
                Event::Start(start) => self.child(&start, false)?,
                Event::Empty(start) => self.child(&start, true)?,
                Event::End(_) | Event::Eof => break,
                other => self.between(&other)?,
            }
        }
        if self.draft.leader().is_some() || self.draft.field_count() > 0 {
            Ok(())
        } else {
            Err(ParseError::syntax("the record is empty"))
        }
    }

    /// Parses a leader or a field.
    fn child(&mut self, start: &BytesStart<'x>, is_empty: bool) -> Result<(), ParseError> {
        match start.local_name().as_ref() {
            "leader" => {
                let start = self.draft.arena.len();
                self.text(is_empty)?;
                let text = self.draft.arena.split_off(start);
                self.draft.set_leader(str::from_utf8(&text).unwrap_or_default(), self.controls)
            }
            "controlfield" => {
                let [tag] = attributes(start, ["tag"])?;
                let tag = tag_of(tag.as_deref().unwrap_or_default())?;
                let start = self.draft.arena.len();
                self.text(is_empty).map_err(|error| error.in_field(tag))?;
                self.draft.end_field(tag, start);
                Ok(())
            }
            "datafield" => self.data_field(start, is_empty),
            _ => self.ignore(start, is_empty),
        }
    }

    fn data_field(&mut self, start: &BytesStart<'x>, is_empty: bool) -> Result<(), ParseError> {
        let [tag, first, second] = attributes(start, ["tag", "ind1", "ind2"])?;
        let tag = tag_of(tag.as_deref().unwrap_or_default())?;
        if tag.is_control() {
            let message = "a control field (tags 000 to 009) has data, and no subfields";
            return Err(ParseError::syntax(message).in_field(tag));
        }
        let first = indicator_of(first.as_deref(), tag, self.draft)?;
        let second = indicator_of(second.as_deref(), tag, self.draft)?;
        let field = self.draft.arena.len();
        self.draft.arena.extend_from_slice(&[first, second]);
        if !is_empty {
            self.subfields(tag).map_err(|error| error.in_field(tag))?;
        }
        self.draft.end_field(tag, field);
        Ok(())
    }

    fn subfields(&mut self, tag: Tag) -> Result<(), ParseError> {
        loop {
            let (start, is_empty) = match self.event()? {
                Event::Start(start) => (start, false),
                Event::Empty(start) => (start, true),
                Event::End(_) => return Ok(()),
                Event::Eof => return Err(early_end()),
                other => {
                    self.between(&other)?;
                    continue;
                }
            };
            if start.local_name().as_ref() == "subfield" {
                let [code] = attributes(&start, ["code"])?;
                let code = code.as_deref().unwrap_or_default();
                check_code(code, tag)?;
                self.draft.arena.push(SUBFIELD_DELIMITER);
                self.draft.arena.extend_from_slice(code.as_bytes());
                self.text(is_empty)?;
            } else {
                self.ignore(&start, is_empty)?;
            }
        }
    }

    /// Appends the text of an element, up to its end tag, to the arena.
    fn text(&mut self, is_empty: bool) -> Result<(), ParseError> {
        if is_empty {
            return Ok(());
        }
        loop {
            match self.event()? {
                Event::Text(text) => self.append(&text.xml10_content()),
                Event::CData(text) => self.append(&text.xml10_content()),
                Event::GeneralRef(reference) => self.reference(&reference)?,
                Event::Start(start) => self.ignore(&start, false)?,
                Event::Empty(start) => self.ignore(&start, true)?,
                Event::End(_) => return Ok(()),
                Event::Eof => return Err(early_end()),
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::DocType(_) => {}
            }
        }
    }

    fn append(&mut self, text: &str) {
        self.draft.arena.extend_from_slice(text.as_bytes());
    }

    /// Appends a character reference, or one of the five entities that XML predefines. No other
    /// entity is defined, because no declaration is read.
    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), ParseError> {
        let Some(character) = reference.resolve_char_ref().map_err(malformed)? else {
            let text = resolve_predefined_entity(reference).ok_or_else(|| {
                let name = beginning(reference).escape_debug().to_string();
                ParseError::syntax(format!("the entity &{name}; is not defined"))
            })?;
            self.append(text);
            return Ok(());
        };
        let mut utf8 = [0; 4];
        let text = &*character.encode_utf8(&mut utf8);
        let legal = chars::legal(text, self.controls).ok_or_else(illegal)?;
        if matches!(legal, Cow::Owned(_)) {
            self.draft.note(NoteKind::ControlCharacter);
        }
        self.append(&legal);
        Ok(())
    }

    /// Handles what stands between elements: white space and comments, or markup that is not read.
    fn between(&mut self, event: &Event<'_>) -> Result<(), ParseError> {
        let is_text = match event {
            Event::Text(text) => !text.trim_ascii().is_empty(),
            Event::CData(_) | Event::GeneralRef(_) => true,
            _ => false,
        };
        if is_text {
            self.draft.note(NoteKind::ContentIgnored);
        }
        Ok(())
    }

    /// Ignores an element that has no place in a record.
    fn ignore(&mut self, start: &BytesStart<'x>, is_empty: bool) -> Result<(), ParseError> {
        self.draft.note(NoteKind::ContentIgnored);
        if !is_empty {
            self.xml.read_to_end(start.name()).map_err(malformed)?;
        }
        Ok(())
    }
}

/// Returns the values of the attributes with these names.
fn attributes<'a, const N: usize>(
    start: &'a BytesStart<'_>,
    names: [&str; N],
) -> Result<[Option<Cow<'a, str>>; N], ParseError> {
    let mut values = [const { None }; N];
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| ParseError::syntax(error.to_string()))?;
        let name = attribute.key.as_ref();
        if let Some(at) = names.iter().position(|known| *known == name) {
            let value = attribute.normalized_value(XmlVersion::Explicit1_0).map_err(malformed)?;
            values[at] = Some(value);
        }
    }
    Ok(values)
}
