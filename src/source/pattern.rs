//! Patterns for the names of files, as in a shell.

use std::{ffi::OsStr, vec::Vec};

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// This character.
    Char(u32),
    /// `?`: any character.
    One,
    /// `*`: any number of characters.
    Any,
    /// `[…]` or `[!…]`: a character in one of these ranges, or in none of them.
    Set { ranges: Vec<(u32, u32)>, is_negated: bool },
}

/// A pattern for one name in a path: `*`, `?`, `[abc]`, `[a-z]`, `[!abc]`. A bracket without its
/// other side is an ordinary character.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    tokens: Vec<Token>,
    /// True if it matches names that begin with a dot.
    is_hidden: bool,
}

/// Returns the characters of a name. A byte that is not UTF-8 is a character of its own.
fn characters(name: &OsStr) -> Vec<u32> {
    const NO_CHARACTER: u32 = 0x11_0000;
    let mut characters = Vec::with_capacity(name.len());
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        characters.extend(chunk.valid().chars().map(u32::from));
        characters.extend(chunk.invalid().iter().map(|&byte| NO_CHARACTER + u32::from(byte)));
    }
    characters
}

/// Returns true if text has a character that makes it a pattern.
pub(super) fn is_pattern(text: &OsStr) -> bool {
    text.as_encoded_bytes().iter().any(|byte| b"*?[".contains(byte))
}

const fn char_of(character: char) -> u32 {
    character as u32
}

impl Pattern {
    pub(super) fn new(text: &OsStr) -> Self {
        let text = characters(text);
        let is_hidden = text.first() == Some(&char_of('.'));
        let mut tokens = Vec::with_capacity(text.len());
        let mut at = 0;
        while let Some(&character) = text.get(at) {
            at += 1;
            tokens.push(match char::from_u32(character) {
                Some('*') => Token::Any,
                Some('?') => Token::One,
                Some('[') => match set(&text[at..]) {
                    Some((token, length)) => {
                        at += length;
                        token
                    }
                    None => Token::Char(character),
                },
                _ => Token::Char(character),
            });
        }
        // Two stars are one, which also keeps the match fast.
        tokens.dedup_by(|one, other| *one == Token::Any && *other == Token::Any);
        Self { tokens, is_hidden }
    }

    /// Returns true if a name matches. A name that begins with a dot does so only if the pattern
    /// begins with one.
    pub(super) fn matches(&self, name: &OsStr) -> bool {
        let name = characters(name);
        if !self.is_hidden && name.first() == Some(&char_of('.')) {
            return false;
        }
        let (mut token, mut at) = (0, 0);
        // The last star, and the first character that it does not cover.
        let mut star = None;
        while at < name.len() {
            match self.tokens.get(token) {
                Some(Token::Any) => {
                    star = Some((token, at));
                    token += 1;
                    continue;
                }
                Some(found) if found.is(name[at]) => (token, at) = (token + 1, at + 1),
                _ => {
                    // The last star covers one more.
                    let Some((before, covered)) = star else { return false };
                    star = Some((before, covered + 1));
                    (token, at) = (before + 1, covered + 1);
                }
            }
        }
        self.tokens[token..].iter().all(|token| *token == Token::Any)
    }
}

impl Token {
    /// Returns true if a character matches.
    fn is(&self, character: u32) -> bool {
        match self {
            Self::Char(own) => *own == character,
            Self::One => true,
            Self::Any => false,
            Self::Set { ranges, is_negated } => {
                let is_in = ranges.iter().any(|&(from, to)| (from..=to).contains(&character));
                is_in != *is_negated
            }
        }
    }
}

/// Returns the set after an opening bracket, and its length with the closing one.
fn set(text: &[u32]) -> Option<(Token, usize)> {
    let is_negated = text.first() == Some(&char_of('!'));
    let first = usize::from(is_negated);
    // A closing bracket in the first place is a member.
    let end = text.iter().skip(first + 1).position(|&c| c == char_of(']'))? + first + 1;
    let mut ranges = Vec::new();
    let mut members = &text[first..end];
    while let [from, rest @ ..] = members {
        members = match rest {
            [dash, to, rest @ ..] if *dash == char_of('-') => {
                ranges.push((*from, *to));
                rest
            }
            _ => {
                ranges.push((*from, *from));
                rest
            }
        };
    }
    Some((Token::Set { ranges, is_negated }, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_like_one_of_a_shell() {
        for (pattern, names, others) in [
            ("*.mrc", &["a.mrc", "é.mrc", "a.b.mrc"][..], &["a.mrk", ".mrc", ".a.mrc", "amrc"][..]),
            ("?.mrc", &["a.mrc", "é.mrc", "文.mrc"], &["ab.mrc", ".mrc", "..mrc"]),
            ("[a-c]*", &["a", "bx", "c.mrc"], &["d", "A", ""]),
            ("[!a-c]*", &["d", "Z"], &["a", ".d"]),
            ("[]x]", &["]", "x"], &["[", ""]),
            ("[!]x]", &["a"], &["]", "x"]),
            ("[a", &["[a"], &["a"]),
            ("[a-]", &["a", "-"], &["b"]),
            ("a**b", &["ab", "axxb"], &["a", "abx"]),
            ("*a*b*a", &["aba", "xaxbxa", "abba"], &["ab", "abab"]),
            (".*", &[".a", "."], &["a"]),
            ("part-[0-9][0-9].mrc", &["part-01.mrc"], &["part-1.mrc", "part-0x.mrc"]),
            ("*", &["a"], &[".a"]),
        ] {
            let compiled = Pattern::new(OsStr::new(pattern));
            for name in names {
                assert!(compiled.matches(OsStr::new(name)), "{pattern} and {name}");
            }
            for name in others {
                assert!(!compiled.matches(OsStr::new(name)), "{pattern} and {name}");
            }
        }
    }

    #[test]
    fn a_match_of_many_stars_takes_no_exponential_time() {
        let pattern = Pattern::new(OsStr::new(&"a*".repeat(200)));
        assert!(!pattern.matches(OsStr::new(&("a".repeat(199) + &"b".repeat(5_000)))));
    }

    #[cfg(unix)]
    #[test]
    fn a_byte_that_is_not_utf8_is_one_character() {
        use std::os::unix::ffi::OsStrExt as _;
        let name = OsStr::from_bytes(b"caf\xE9.mrc");
        assert!(Pattern::new(OsStr::new("caf?.mrc")).matches(name));
        assert!(Pattern::new(OsStr::from_bytes(b"c*\xE9.mrc")).matches(name));
        assert!(!Pattern::new(OsStr::new("caf.mrc")).matches(name));
    }
}
