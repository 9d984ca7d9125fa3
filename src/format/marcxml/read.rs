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
        let prefix = match self.event()? {
            Event::Start(record) | Event::Empty(record) => prefix_of(&record),
            _ => String::new(),
        };
        let mut wrapper = Wrapper::default();
        loop {
            let (start, is_empty) = match self.event()? {
                Event::Start(start) => (start, false),
                Event::Empty(start) => (start, true),
                Event::End(_) if wrapper.depth > 0 => {
                    self.close(&mut wrapper, None);
                    continue;
                }
                Event::End(_) | Event::Eof => break,
                other => {
                    self.between(&other, &mut wrapper, "the leader and the fields")?;
                    continue;
                }
            };
            // In other elements, a leader of another prefix is not MARC's.
            let is_part = wrapper.depth == 0 || prefix_of(&start) == prefix;
            match start.local_name().as_ref() {
                _ if !is_part => {
                    self.open(&mut wrapper, is_empty, None);
                    continue;
                }
                "leader" => self.leader(is_empty)?,
                "controlfield" => self.control_field(&start, is_empty)?,
                "datafield" => self.data_field(&start, is_empty)?,
                _ => {
                    self.open(&mut wrapper, is_empty, None);
                    continue;
                }
            }
            wrapper.has_parts = true;
        }
        if self.draft.leader().is_some() || self.draft.field_count() > 0 {
            Ok(())
        } else {
            Err(ParseError::syntax("the record is empty"))
        }
    }

    fn leader(&mut self, is_empty: bool) -> Result<(), ParseError> {
        let start = self.draft.arena.len();
        self.text(is_empty, None)?;
        let text = self.draft.arena.split_off(start);
        self.draft.set_leader(str::from_utf8(&text).unwrap_or_default(), self.controls)
    }

    fn control_field(&mut self, start: &BytesStart<'x>, is_empty: bool) -> Result<(), ParseError> {
        let [tag] = attributes(start, ["tag"])?;
        let tag = tag_of(tag.as_deref().unwrap_or_default())?;
        let start = self.draft.arena.len();
        self.text(is_empty, Some(tag)).map_err(|error| error.in_field(tag))?;
        self.draft.end_field(tag, start);
        Ok(())
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
        let mut wrapper = Wrapper::default();
        loop {
            let (start, is_empty) = match self.event()? {
                Event::Start(start) => (start, false),
                Event::Empty(start) => (start, true),
                Event::End(_) if wrapper.depth > 0 => {
                    self.close(&mut wrapper, Some(tag));
                    continue;
                }
                Event::End(_) => return Ok(()),
                Event::Eof => return Err(early_end()),
                other => {
                    self.between(&other, &mut wrapper, "the subfields")?;
                    continue;
                }
            };
            if start.local_name().as_ref() != "subfield" {
                refuse_part(&start)?;
                self.open(&mut wrapper, is_empty, Some(tag));
                continue;
            }
            let [code] = attributes(&start, ["code"])?;
            let code = code.as_deref().unwrap_or_default();
            check_code(code, tag)?;
            self.draft.arena.push(SUBFIELD_DELIMITER);
            self.draft.arena.extend_from_slice(code.as_bytes());
            self.text(is_empty, Some(tag))?;
            wrapper.has_parts = true;
        }
    }

    /// Appends the text of an element, up to its end tag, to the arena. Elements in it, such as
    /// `<i>`, are left out with a note, and their text is kept.
    fn text(&mut self, is_empty: bool, tag: Option<Tag>) -> Result<(), ParseError> {
        if is_empty {
            return Ok(());
        }
        let (mut depth, mut has_markup) = (0_usize, false);
        loop {
            match self.event()? {
                Event::Text(text) => self.append(&text.xml10_content()),
                Event::CData(text) => self.append(&text.xml10_content()),
                Event::GeneralRef(reference) => self.reference(&reference)?,
                Event::Start(start) => {
                    refuse_part(&start)?;
                    (depth, has_markup) = (depth + 1, true);
                }
                Event::Empty(start) => {
                    refuse_part(&start)?;
                    has_markup = true;
                }
                Event::End(_) if depth > 0 => depth -= 1,
                Event::End(_) => {
                    if has_markup {
                        self.note(NoteKind::MarkupDropped, tag);
                    }
                    return Ok(());
                }
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

    /// Handles what stands between elements: white space and comments, or text. `parts` names the
    /// elements that text must not stand beside.
    fn between(
        &mut self,
        event: &Event<'_>,
        wrapper: &mut Wrapper,
        parts: &str,
    ) -> Result<(), ParseError> {
        let text = match event {
            Event::Text(text) => Cow::Borrowed(&**text),
            Event::CData(text) => Cow::Borrowed(&**text),
            Event::GeneralRef(reference) => {
                match reference.resolve_char_ref().map_err(malformed)? {
                    Some(character) => Cow::Owned(character.to_string()),
                    None => {
                        Cow::Borrowed(resolve_predefined_entity(reference).unwrap_or(reference))
                    }
                }
            }
            _ => return Ok(()),
        };
        // Some programs write the line ends of Windows as references.
        if text.trim_ascii().is_empty() {
            return Ok(());
        }
        if wrapper.depth > 0 {
            wrapper.has_text = true;
        } else if text.contains(char::is_alphanumeric) {
            return Err(ParseError::syntax(format!("text stands beside {parts}")));
        } else {
            // A stray quote or bracket is not content.
            self.draft.note(NoteKind::ContentIgnored);
        }
        Ok(())
    }

    /// Enters an element that MARCXML does not have.
    fn open(&mut self, wrapper: &mut Wrapper, is_empty: bool, tag: Option<Tag>) {
        if wrapper.depth == 0 {
            *wrapper = Wrapper::default();
        }
        wrapper.depth += 1;
        if is_empty {
            self.close(wrapper, tag);
        }
    }

    /// Leaves an element that MARCXML does not have. If it was the outermost, a note reports if its
    /// content was read, or ignored.
    fn close(&mut self, wrapper: &mut Wrapper, tag: Option<Tag>) {
        wrapper.depth -= 1;
        if wrapper.depth > 0 {
            return;
        }
        if wrapper.has_parts {
            self.note(NoteKind::MarkupDropped, tag);
        }
        if wrapper.has_text || !wrapper.has_parts {
            self.note(NoteKind::ContentIgnored, tag);
        }
    }

    /// Adds a note on the field that is being parsed, or on the record.
    fn note(&mut self, kind: NoteKind, tag: Option<Tag>) {
        match tag {
            Some(tag) => self.draft.note_next(kind, tag),
            None => self.draft.note(kind),
        }
    }
}

/// The elements that MARCXML does not have and that are open around the parts of a record or field.
#[derive(Debug, Default)]
struct Wrapper {
    /// Number of open elements.
    depth: usize,
    /// True if they contain fields or subfields.
    has_parts: bool,
    /// True if they contain text.
    has_text: bool,
}

/// Returns the prefix of the name of an element.
fn prefix_of(start: &BytesStart<'_>) -> String {
    let name = start.name();
    let name: &str = name.as_ref();
    name.split_once(':').map(|(prefix, _)| prefix.to_owned()).unwrap_or_default()
}

/// Refuses a part of a record in a place where only text or other parts can be: a tag before it is
/// missing or wrong.
fn refuse_part(start: &BytesStart<'_>) -> Result<(), ParseError> {
    let name = start.local_name();
    let name = name.as_ref();
    if matches!(name, "leader" | "controlfield" | "datafield" | "subfield") {
        return Err(ParseError::syntax(format!("a `{name}` stands inside another element's text")));
    }
    Ok(())
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
