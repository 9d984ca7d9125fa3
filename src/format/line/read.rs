//! The parser of one record of the line format.

use crate::format::{
    ReadOptions,
    draft::{Draft, ParseError, push_indicators, tag_of},
    lines::{Line, LineEnds, LineFramer, has_separators, lines, without_end},
};
use crate::record::{LEADER_LENGTH, SUBFIELD_DELIMITER, Tag};
use std::str;

/// Returns the framing that finds the records.
pub(in crate::format) const fn framer(limit: usize) -> LineFramer {
    LineFramer::new(limit, begins_record, is_comment, LineEnds::LikeFirst)
}

/// Returns true if a line is a leader, even if no blank line ended the record before. The line of a
/// field cannot be a leader, because its fourth character is a blank. A line that looks blank is a
/// leader whose content is unknown.
fn begins_record(line: &[u8]) -> bool {
    let text = without_end(line);
    let is_stated = text.len() == LEADER_LENGTH
        && text[..5].iter().all(u8::is_ascii_digit)
        && text.iter().all(|byte| matches!(byte, b' '..=b'~'))
        && (&text[10..12] == b"22" || &text[20..22] == b"45");
    is_stated || text == [b' '; LEADER_LENGTH]
}

/// Returns true if the first line of a record is its leader. A line without fields after it may be
/// any text: it is a leader if it looks like one. If fields follow, either its length or its first
/// bytes may be odd, but not both.
pub(super) fn is_leader(line: &[u8], has_fields: bool) -> bool {
    let (number, rest) = line.split_at(line.len().min(5));
    let is_number = number.len() == 5 && number.iter().all(u8::is_ascii_digit);
    let is_padded = number.trim_ascii_start().iter().all(u8::is_ascii_digit);
    let is_text = line.iter().all(|byte| matches!(byte, b' '..=b'~'));
    let is_field = line.get(3) == Some(&b' ') && number[..3].iter().all(u8::is_ascii_alphanumeric);
    match line.len() == LEADER_LENGTH {
        true if has_fields => is_padded || (is_text && !is_field),
        true => is_padded && is_text && !rest.trim_ascii().is_empty(),
        false => is_number && has_fields,
    }
}

/// Returns true if a line is a message of yaz-marcdump, which prints these among the records: in
/// parentheses, or as comments of XML.
pub(in crate::format) fn is_comment(line: &[u8]) -> bool {
    (line.starts_with(b"(") || line.starts_with(b"<!--")) && !has_separators(line)
}

/// Puts the content of a record in the line format into the draft.
pub(in crate::format) fn parse(
    bytes: &[u8],
    options: &ReadOptions,
    draft: &mut Draft,
) -> Result<(), ParseError> {
    draft.is_raw = str::from_utf8(bytes).is_err();
    let parsed = parse_lines(bytes, options, draft);
    let is_utf8_leader = draft.leader().is_some_and(|leader| leader[9] == b'a');
    if draft.is_raw && is_utf8_leader && (parsed.is_err() || draft.coded_data().is_none()) {
        return Err(ParseError::encoding("the record is not UTF-8, as its leader/09 says"));
    }
    parsed
}

fn parse_lines(bytes: &[u8], options: &ReadOptions, draft: &mut Draft) -> Result<(), ParseError> {
    let mut is_first = true;
    let mut lines = lines(bytes, LineEnds::LikeFirst).peekable();
    while let Some(Line { text: line, .. }) = lines.next() {
        if is_first && is_comment(line) {
            continue;
        }
        if is_first {
            is_first = false;
            let leader = String::from_utf8_lossy(line);
            if !is_leader(line, lines.peek().is_some()) {
                return Err(ParseError::syntax("the record does not begin with a leader"));
            }
            draft.set_leader(&leader, options.controls)?;
            continue;
        }
        let (tag, content) = line.split_at(line.len().min(3));
        let tag = tag_of(&String::from_utf8_lossy(tag))?;
        let Some((b' ', content)) = content.split_first().map(|(first, rest)| (*first, rest))
        else {
            let message = "no blank stands between the tag and the field";
            return Err(ParseError::syntax(message).in_field(tag));
        };
        let start = draft.arena.len();
        push(tag, content, options, draft)?;
        draft.end_field(tag, start);
    }
    Ok(())
}

fn push(
    tag: Tag,
    content: &[u8],
    options: &ReadOptions,
    draft: &mut Draft,
) -> Result<(), ParseError> {
    let head = if tag.is_control() { None } else { head_length(content, draft.is_raw) };
    let Some(head) = head else {
        return draft.push_value(content, tag, options.controls);
    };
    let (indicators, rest) = content.split_at(head);
    let mut rest = &rest[1..];
    match str::from_utf8(indicators) {
        Ok(indicators) if !indicators.is_ascii() && !draft.is_raw => {
            push_indicators(indicators.chars(), tag, draft)?;
        }
        _ => draft.push_value(indicators, tag, options.controls)?,
    }
    while !rest.is_empty() {
        // A code, and the value after the blank that follows it.
        let code = &rest[1..1 + character_length(&rest[1..])];
        rest = rest.get(code.len() + 2..).unwrap_or_default();
        let end = value_end(rest);
        draft.arena.push(SUBFIELD_DELIMITER);
        draft.push_value(code, tag, options.controls)?;
        draft.push_value(&rest[..end], tag, options.controls)?;
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    Ok(())
}

/// Returns true if the content of a field is two indicators, a blank, and subfields or nothing.
pub(super) fn is_data_like(content: &[u8]) -> bool {
    head_length(content, false).is_some()
}

/// Returns the length of the two indicators in the content of a field, if a blank, and subfields or
/// nothing, follow. `is_raw` says that a character is a byte.
fn head_length(content: &[u8], is_raw: bool) -> Option<usize> {
    let head = match is_raw {
        true => 2,
        false => {
            let first = character_length(content);
            first + character_length(content.get(first..)?)
        }
    };
    let rest = content.get(head..)?.strip_prefix(b" ")?;
    (head >= 2 && (rest.is_empty() || is_code(rest))).then_some(head)
}

/// Returns the length of the first character of the bytes.
fn character_length(bytes: &[u8]) -> usize {
    let continued = bytes.iter().skip(1).take_while(|byte| **byte & 0xC0 == 0x80).count();
    bytes.len().min(1 + continued)
}

/// Returns true if the bytes begin with `$`, a code, and a blank or the end.
fn is_code(bytes: &[u8]) -> bool {
    match bytes {
        [b'$', code @ ..] if !code.is_empty() => {
            matches!(code.get(character_length(code)), None | Some(b' '))
        }
        _ => false,
    }
}

/// Returns the end of a value: the blank before the next code, or the end of the line.
pub(super) fn value_end(text: &[u8]) -> usize {
    // Blanks are frequent, and dollar signs are rare.
    memchr::memchr_iter(b'$', text)
        .filter(|dollar| is_code(&text[*dollar..]))
        .filter_map(|dollar| dollar.checked_sub(1))
        .find(|before| text[*before] == b' ')
        .unwrap_or(text.len())
}
