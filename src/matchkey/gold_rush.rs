//! The match key of the Gold Rush system, by the description that the Colorado Alliance of Research
//! Libraries has published (`CoAlliance_Match_Key.md`).

use super::{
    parts::Parts,
    text::{copyright_year, first_run, last_year, pad, stripped},
};
use crate::{
    encoding::{RecordText, TextError, subfields},
    record::AsRecord,
};
use std::string::String;
use unicode_normalization::UnicodeNormalization as _;

/// The version of the rules, a part of the key.
const VERSION: &str = "_v08142026";

/// The languages whose titles in Latin letters depend on a rule of romanization: without the title
/// in its own script, a number stands for it.
const ROMANIZED: [&str; 18] = [
    "ara", "ben", "bul", "chi", "grc", "gre", "heb", "hin", "jpn", "kor", "per", "rus", "srp",
    "tam", "tha", "ukr", "urd", "yid",
];

/// The numbers that an edition begins with, by their first letters.
const ORDINALS: [(&str, &str); 9] = [
    ("fir", "1"),
    ("sec", "2"),
    ("thi", "3"),
    ("for", "4"),
    ("fif", "5"),
    ("six", "6"),
    ("sev", "7"),
    ("eig", "8"),
    ("nin", "9"),
];

/// Returns the Gold Rush match key of a record: 188 characters of title, year, extent, edition,
/// publisher, type, part, author and format. `None` for a record without a title.
///
/// The layout is that of version `_v08142026`. `docs/match-keys.md` lists the differences from the
/// reference.
///
/// ```
/// use tidemarc::{Record, encoding::{RecordText, TextOptions}, matchkey::gold_rush};
///
/// let record = Record::builder()
///     .leader(*b"00000nam a2200000   4500")
///     .control("008", "240101s2023    flu           001 0 eng d")
///     .data("245", *b"12", [(b'a', "A whale & the sea /")])
///     .build()?;
/// let text = RecordText::of(&record, TextOptions::new());
/// let key = gold_rush(&record, text)?.unwrap();
/// assert!(key.starts_with("whaleandthesea_") && key.ends_with("_v08142026p"));
/// assert_eq!((key.len(), &key[100..104]), (188, "2023"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Returns the first undecodable bytes in a field that the key depends on, if the policy of `text`
/// is strict.
pub fn gold_rush(record: &impl AsRecord, text: RecordText) -> Result<Option<String>, TextError> {
    let parts = Parts::of(record, text)?;
    let title = title(&parts);
    if title.is_empty() {
        return Ok(None);
    }
    let leader = record.leader();
    let (kind, level) = (leader.as_bytes()[6], leader.as_bytes()[7]);
    let is_book = kind.eq_ignore_ascii_case(&b'a') && level.eq_ignore_ascii_case(&b'm');
    let mut key = String::with_capacity(200);
    pad(&title, 95, &mut key);
    // The general material designation is no longer a part.
    pad("", 5, &mut key);
    pad(&year(&parts), 4, &mut key);
    pad(pages(&parts), 4, &mut key);
    pad(&edition(&parts, is_book), 3, &mut key);
    pad(&publisher(&parts), 5, &mut key);
    key.push(if kind.is_ascii_graphic() { char::from(kind) } else { '_' });
    pad(&part(&parts), 30, &mut key);
    pad(&stripped(parts.first("245", "n"), '_'), 10, &mut key);
    pad(&author(&parts), 5, &mut key);
    pad(&stripped(parts.first("245", "f"), '_'), 15, &mut key);
    key.push_str(VERSION);
    key.push(if is_electronic(&parts, kind) { 'e' } else { 'p' });
    Ok(Some(key.to_lowercase().replace(':', "x")))
}

/// Returns the title: $a, $b and the first $p, without spaces.
fn title(parts: &Parts<'_>) -> String {
    if ROMANIZED.contains(&parts.language())
        && !parts.has("880")
        && parts.has("245")
        && let Some(number) = parts.number()
    {
        return number;
    }
    let field = parts.title();
    let first = |wanted: &str| subfields(field).find(|(code, _)| *code == wanted);
    let values = ["a", "b", "p"].into_iter().filter_map(first);
    let title: String = values.map(|(_, value)| stripped(value, ' ')).collect();
    title.replace(' ', "").nfd().collect()
}

/// Returns the year of publication.
fn year(parts: &Parts<'_>) -> String {
    let codes = parts.fields("008").next().unwrap_or_default();
    let year = |at: usize| {
        codes.get(at..at + 4).filter(|year| year.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let is_reissue = codes.get(6..7) == Some("r");
    let is_government = !parts.first("086", "a").is_empty();
    let second = year(11).filter(|year| *year >= "1200" && *year != "9999");
    let coded = match is_reissue || is_government {
        true => year(7),
        false => second.or_else(|| year(7)),
    };
    let stated = || copyright_year(parts.first("264", "c"));
    let older = || parts.values("260", "c").filter_map(last_year).last();
    coded.or_else(stated).or_else(older).unwrap_or("0000").into()
}

/// Returns the first four digits in a row of the extent.
fn pages<'p>(parts: &'p Parts<'_>) -> &'p str {
    first_run(parts.first("300", "a"), 4, u8::is_ascii_digit)
        .filter(|run| run.len() == 4)
        .unwrap_or_default()
}

/// Returns the number of the edition, or its first letters. A book without one is a first edition.
fn edition(parts: &Parts<'_>, is_book: bool) -> String {
    let statement = parts.first("250", "a");
    let digits = first_run(statement, 3, u8::is_ascii_digit);
    let run = digits.or_else(|| first_run(statement, 3, u8::is_ascii_alphabetic));
    let Some(run) = run else { return if is_book { "1" } else { "" }.into() };
    let letters = run.to_ascii_lowercase();
    match ORDINALS.into_iter().find(|(begin, _)| letters == *begin) {
        Some((_, number)) => number.into(),
        None => letters,
    }
}

/// Returns the name of the publisher, without spaces.
fn publisher(parts: &Parts<'_>) -> String {
    let name = Some(parts.first("264", "b")).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| parts.first("260", "b"));
    stripped(&name.replace('&', ""), '_').replace('_', "")
}

/// Returns the beginnings of all $p, if there are several. The first is also in the title.
fn part(parts: &Parts<'_>) -> String {
    let beginning = |name: &str| -> String {
        let name = stripped(name.trim(), '_');
        let length = name.chars().count().min(10);
        name.chars().take(length.saturating_sub(1)).collect()
    };
    match parts.values("245", "p").count() {
        0 | 1 => String::new(),
        _ => parts.values("245", "p").map(beginning).collect(),
    }
}

/// Returns the names of persons, bodies, meetings and works, without marks.
fn author(parts: &Parts<'_>) -> String {
    let names = ["100", "110", "111", "130"].map(|tag| stripped(parts.first(tag, "a"), '_'));
    let is_mark = |char: &char| ('\u{300}'..='\u{36F}').contains(char);
    let name: String = names.concat().nfd().filter(|char| !is_mark(char)).collect();
    name.trim_start_matches('_').into()
}

/// Returns true for a resource that is read with a computer.
fn is_electronic(parts: &Parts<'_>, kind: u8) -> bool {
    let says = |tag: &str, code: &'static str, words: &str| {
        parts.first(tag, code).to_lowercase().contains(words)
    };
    let begins = |text: &str| text.starts_with(['c', 'C']);
    kind.eq_ignore_ascii_case(&b'm')
        || says("245", "h", "electronic resource")
        || says("590", "a", "electronic reproduction")
        || says("533", "a", "electronic reproduction")
        || says("300", "a", "online resource")
        || parts.fields("007").any(begins)
        || begins(parts.first("337", "a"))
        || (parts.has("086") && parts.has_link())
}
