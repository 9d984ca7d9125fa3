//! The parser of one record of MARCMaker text.

use super::mnemonics::{MnemonicForm, expand};
use crate::error::beginning;
use crate::format::{
    NoteKind, ReadOptions,
    draft::{self, Draft, ParseError, tag_of},
    lines::{self, LineEnds, LineFramer, has_separators},
};
use crate::record::{SUBFIELD_DELIMITER, Tag};
use memchr::{memchr, memmem};
use std::{borrow::Cow, mem, str, sync::LazyLock};

/// Returns the framing that finds the records.
pub(in crate::format) const fn framer(limit: usize) -> LineFramer {
    LineFramer::new(limit, begins_record, is_comment, LineEnds::Any)
}

/// Returns true if a line is a leader, which begins a record even if no blank line ended the last
/// one.
fn begins_record(line: &[u8]) -> bool {
    line.starts_with(b"=LDR") || line.starts_with(b"=LEADER")
}

/// Returns true if a line begins with `#`. MarcEdit skips such lines.
pub(in crate::format) fn is_comment(line: &[u8]) -> bool {
    line.starts_with(b"#") && !has_separators(line)
}

/// Finds lines that may be leaders.
static LEADER: LazyLock<memmem::Finder<'_>> = LazyLock::new(|| memmem::Finder::new(b"=L"));

/// One line, including its continuations: a tag and the text after it.
struct Line<'t> {
    tag: &'t [u8],
    content: Cow<'t, [u8]>,
    /// True if a stray CR or VT was removed from it, in a file whose lines end with an LF.
    had_stray_break: bool,
}

impl Line<'_> {
    /// Returns true if this line is the leader, which has the tag 000 in old files.
    fn is_leader(&self, is_first: bool) -> bool {
        matches!(self.tag, b"LDR" | b"LEADER") || (is_first && self.tag == b"000")
    }
}

/// Puts the content of a record of MARCMaker text into the draft.
pub(in crate::format) fn parse(
    bytes: &[u8],
    options: &ReadOptions,
    draft: &mut Draft,
) -> Result<(), ParseError> {
    // Leaders come first: leader/09, after corrections, decides how the text is read. The lines are
    // not collected, because a record may have millions of short ones. Mostly the first line alone
    // needs to be examined.
    let has_more = LEADER.find(bytes.get(1..).unwrap_or_default()).is_some();
    let mut is_first = true;
    for_lines(bytes, |line| {
        if line.is_leader(mem::take(&mut is_first)) {
            let mut leader = Vec::new();
            expand(&line.content, MnemonicForm::Utf8, options.mnemonics, true, &mut leader);
            let leader = String::from_utf8_lossy(&leader);
            draft.set_leader(&leader, options.controls)?;
        }
        Ok(has_more)
    })?;
    let is_utf8_leader = draft.leader().is_none_or(|leader| leader[9] == b'a');
    let text = str::from_utf8(bytes);
    // A record in MARC-8, raw or with mnemonics, stays in MARC-8.
    draft.is_raw = text.is_err() || (!is_utf8_leader && bytes.is_ascii());
    let target = if draft.is_raw { MnemonicForm::Marc8 } else { MnemonicForm::Utf8 };
    let is_parsed = push_fields(bytes, target, options, draft);
    let is_unimarc = is_parsed.is_ok() && draft.is_raw && draft.coded_data().is_some();
    if let (Err(error), true, false) = (text, is_utf8_leader, is_unimarc) {
        let at = error.valid_up_to();
        return Err(ParseError::encoding(format!("byte {at} of the record is not UTF-8")));
    }
    if is_unimarc && text.is_ok() {
        // The leader of UNIMARC does not state MARC-8. The mnemonics become Unicode.
        draft.drop_fields();
        draft.is_raw = false;
        return push_fields(bytes, MnemonicForm::Utf8, options, draft);
    }
    is_parsed
}

/// Puts the fields of a record into the draft.
fn push_fields(
    bytes: &[u8],
    target: MnemonicForm,
    options: &ReadOptions,
    draft: &mut Draft,
) -> Result<(), ParseError> {
    let mut is_first = true;
    for_lines(bytes, |line| {
        if line.is_leader(mem::take(&mut is_first)) {
            return Ok(true);
        }
        let tag = tag(line.tag, options)?;
        if line.had_stray_break {
            draft.note_next(NoteKind::ControlCharacter, tag);
        }
        let mut field = FieldSink { draft, target, options };
        field.push(tag, &line.content).map_err(|error| error.in_field(tag))?;
        Ok(true)
    })
}

/// Returns the tag of a line. In an odd one, as in indicators, `\` is a blank.
fn tag(stated: &[u8], options: &ReadOptions) -> Result<Tag, ParseError> {
    let mut expanded = Vec::new();
    let is_odd = !stated.iter().all(u8::is_ascii_alphanumeric);
    if is_odd {
        expand(stated, MnemonicForm::Utf8, options.mnemonics, true, &mut expanded);
    }
    tag_of(&String::from_utf8_lossy(if is_odd { &expanded } else { stated }))
}

/// Calls a function with each line of a record, as long as it returns true. A line that begins with
/// neither `=` nor `#` continues the line before it, because MARCMaker allows wrapped lines.
fn for_lines<'t>(
    bytes: &'t [u8],
    mut visit: impl FnMut(Line<'t>) -> Result<bool, ParseError>,
) -> Result<(), ParseError> {
    let mut last: Option<Line<'_>> = None;
    let has_lf = memchr(b'\n', bytes).is_some();
    let mut last_end = &b""[..];
    for lines::Line { text: line, end } in lines::lines(bytes, LineEnds::Any) {
        let is_stray = has_lf && !mem::replace(&mut last_end, end).contains(&b'\n');
        if is_comment(line) {
            continue;
        }
        let Some(line) = line.strip_prefix(b"=") else {
            let Some(last) = &mut last else {
                return Err(ParseError::syntax("the first line does not begin with `=`"));
            };
            if is_field(line) {
                let start = line[..line.len().min(32)].escape_ascii().to_string();
                let start = beginning(&start);
                let message = format!("\"{start}\" is a field, but does not begin with `=`");
                return Err(ParseError::syntax(message));
            }
            last.content.to_mut().extend_from_slice(line);
            last.had_stray_break |= is_stray;
            continue;
        };
        if let Some(last) = last.take()
            && !visit(last)?
        {
            return Ok(());
        }
        let end = line.iter().position(|byte| matches!(byte, b' ' | b'\t')).unwrap_or(line.len());
        let (tag, content) = line.split_at(end);
        let blanks = content.iter().take(2).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let content = Cow::Borrowed(&content[blanks..]);
        last = Some(Line { tag, content, had_stray_break: false });
    }
    if let Some(last) = last {
        visit(last)?;
    }
    Ok(())
}

/// Returns true if a line would be a field after `=`: `245  10$a`, `LDR  00000`, or `008  ` and one
/// word, since blanks are written as `\` there. Then its `=` was lost in an editor: wrapped text hardly
/// looks like this.
fn is_field(line: &[u8]) -> bool {
    let Some((tag, content)) = line.split_first_chunk::<3>() else { return false };
    let Some(content) = content.strip_prefix(b"  ") else { return false };
    let is_tag = tag.iter().all(u8::is_ascii_digit);
    match content {
        [a, b, c, d, e, ..] if tag == b"LDR" => {
            [a, b, c, d, e].iter().all(|it| it.is_ascii_digit())
        }
        [first, second, b'$', ..] => is_tag && [first, second].iter().all(|it| is_indicator(**it)),
        content => {
            is_tag && tag.starts_with(b"00") && !content.is_empty() && !content.contains(&b' ')
        }
    }
}

const fn is_indicator(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'\\' | b'#')
}

/// The destination of fields.
struct FieldSink<'d> {
    draft: &'d mut Draft,
    target: MnemonicForm,
    options: &'d ReadOptions,
}

impl FieldSink<'_> {
    /// Appends text to the arena, with its mnemonics replaced.
    fn expand(&mut self, text: &[u8], tag: Tag, is_head: bool) {
        let accepted = self.options.mnemonics;
        let foreign = expand(text, self.target, accepted, is_head, &mut self.draft.arena);
        for _ in 0..foreign {
            self.draft.note_next(NoteKind::Mnemonic, tag);
        }
    }

    fn push(&mut self, tag: Tag, content: &[u8]) -> Result<(), ParseError> {
        let controls = self.options.controls;
        let field = self.draft.arena.len();
        let delimiter = memchr(b'$', content).filter(|_| !tag.is_control());
        let Some(delimiter) = delimiter else {
            // A control field's data, or only indicators.
            self.expand(content, tag, true);
            self.draft.settle(field, tag, controls)?;
            self.draft.end_field(tag, field);
            return Ok(());
        };
        let (head, subfields) = content.split_at(delimiter);
        let noted = self.draft.notes.len();
        for head in [head, head.trim_ascii()] {
            self.draft.arena.truncate(field);
            self.draft.notes.truncate(noted);
            self.expand(head, tag, true);
            push_indicators(field, self.target, tag, self.draft)?;
            if self.draft.arena.len() == field + 2 {
                break;
            }
        }
        if self.draft.arena.len() != field + 2 {
            let head = head[..head.len().min(256)].escape_ascii().to_string();
            let head = beginning(&head);
            let message = format!("\"{head}\" is not two indicators before the first subfield");
            return Err(ParseError::syntax(message));
        }
        self.draft.settle(field, tag, controls)?;
        for subfield in subfields[1..].split(|byte| *byte == b'$') {
            // A `$` with nothing after it is not a subfield.
            if subfield.is_empty() {
                continue;
            }
            self.draft.arena.push(SUBFIELD_DELIMITER);
            let start = self.draft.arena.len();
            self.expand(subfield, tag, false);
            self.draft.settle(start, tag, controls)?;
        }
        self.draft.end_field(tag, field);
        Ok(())
    }
}

/// Replaces the text before the first subfield, which is at the end of the arena, by two indicators.
/// Does nothing if it is not two characters.
fn push_indicators(
    start: usize,
    target: MnemonicForm,
    tag: Tag,
    draft: &mut Draft,
) -> Result<(), ParseError> {
    if target == MnemonicForm::Marc8 || draft.arena[start..].is_ascii() {
        return Ok(());
    }
    let Ok(head) = str::from_utf8(&draft.arena[start..]).map(str::to_owned) else { return Ok(()) };
    let is_mark = |character: char| matches!(character, '\u{200E}' | '\u{200F}');
    let characters: Vec<char> = head.chars().filter(|character| !is_mark(*character)).collect();
    let [first, second] = characters[..] else { return Ok(()) };
    if head.contains(is_mark) {
        draft.note_next(NoteKind::DirectionMark, tag);
    }
    draft.arena.truncate(start);
    draft::push_indicators([first, second], tag, draft)
}
