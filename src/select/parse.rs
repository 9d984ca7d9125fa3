//! The parser. It reads a selector once, from left to right, and looks one character ahead. It does
//! not recurse, because a condition contains no conditions.
//!
//! The comments cite the rules of MARCspec's grammar, and name the additions to it.

use super::{
    Selector, SelectorError, TagPattern,
    positions::Positions,
    print::{SPECIAL, needs_quotes},
    spec::{
        Codes, Comparison, Condition, Fields, Guarded, Operator, Part, Reference, Repeated, Scope,
        Spec, Term, Which,
    },
};
use std::{format, string::String, vec::Vec};

/// Parses a whole selector. An addition: several specs, separated by `|`.
pub(super) fn selector(text: &str) -> Result<Selector, SelectorError> {
    let mut parser = Parser::new(text);
    let mut specs = Vec::new();
    loop {
        specs.push(parser.spec()?);
        if parser.peek().is_none() {
            return Ok(Selector { specs: specs.into() });
        }
        if !parser.has('|') {
            let takes_subfields = matches!(specs.last(), Some(spec) if spec.takes_subfields());
            return parser.unexpected(match takes_subfields {
                true => &["`$`", "`{`", "`|`", "the end"],
                false => &["`{`", "`|`", "the end"],
            });
        }
    }
}

/// Parses the selector that begins at this offset of a longer text. It ends before the first
/// character that cannot continue it. Returns the offset of its end too.
#[cfg(feature = "filter")]
pub(super) fn prefix(text: &str, at: usize) -> Result<(Selector, usize), SelectorError> {
    let mut parser = Parser { at, is_prefix: true, ..Parser::new(text) };
    let mut specs = Vec::new();
    loop {
        specs.push(parser.spec()?);
        if !parser.has('|') {
            return Ok((Selector { specs: specs.into() }, parser.at));
        }
    }
}

/// Parses a tag alone.
pub(super) fn tag(text: &str) -> Result<TagPattern, SelectorError> {
    let mut parser = Parser::new(text);
    let tag = parser.tag("")?;
    if parser.peek().is_some() { parser.unexpected(&["the end"]) } else { Ok(tag) }
}

type Parsed<T> = Result<T, SelectorError>;

struct Parser<'a> {
    text: &'a str,
    /// Offset in bytes of the next character.
    at: usize,
    /// The optional rest of the last rule, for an error at this offset.
    optional: &'static [&'static str],
    /// True if other text follows the selector: `^=` after it is an operator.
    is_prefix: bool,
}

/// The value that a condition belongs to.
#[derive(Clone, Copy)]
struct Owner {
    fields: Fields,
    part: Part,
}

const AFTER_TAG: &[&str] = &["`[`", "`/`", "`$`", "`^`", "a subfield code"];
const AFTER_FIELD_INDEX: &[&str] = &["`/`", "`$`", "`^`", "a subfield code"];
const AFTER_OWN_INDEX: &[&str] = &["`/`", "`$`", "`^`"];
const AFTER_SHORT_CODE: &[&str] = &["`[`", "`/`", "a subfield code"];
const AFTER_CODES: &[&str] = &["`[`", "`/`"];
const AFTER_INDEX: &[&str] = &["`/`"];
const AFTER_TEXT: &[&str] = &[r"more of the text (where a blank is `\s`)"];

/// Description of what stands in the place of a word.
const WORD: &str = "a tag, such as `245$a` for the title, `008/35-37` for the language or `008/7-10` \
    for the year (a tag in lowercase letters has `$` before its subfield codes)";

const fn is_digit_or_x(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'x' | TagPattern::WILDCARD)
}

impl<'a> Parser<'a> {
    const fn new(text: &'a str) -> Self {
        Self { text, at: 0, optional: &[], is_prefix: false }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    /// Takes the next character if it is accepted.
    fn next_if(&mut self, accepts: impl FnOnce(char) -> bool) -> Option<char> {
        let c = self.peek().filter(|&c| accepts(c))?;
        self.at += c.len_utf8();
        self.optional = &[];
        Some(c)
    }

    /// Takes the next character if it is this one.
    fn has(&mut self, c: char) -> bool {
        self.next_if(|next| next == c).is_some()
    }

    /// Makes the error that the next character is not the expected one.
    #[cold]
    fn expected<T>(&self, expected: impl Into<String>) -> Parsed<T> {
        Err(SelectorError::new(self.text, self.at, expected.into()))
    }

    /// Makes the error that the next character neither continues the last rule nor is one of
    /// `others`.
    #[cold]
    fn unexpected<T>(&self, others: &[&str]) -> Parsed<T> {
        let all = self.optional.iter().chain(others).copied().collect::<Vec<_>>();
        match all.split_last() {
            Some((last, first)) if !first.is_empty() => {
                self.expected(format!("{} or {last}", first.join(", ")))
            }
            _ => self.expected(all.concat()),
        }
    }

    /// `fieldSpec *subSpec / (subfieldSpec *subSpec *(abrSubfieldSpec *subSpec)) / indicatorSpec
    /// *subSpec`. An addition: `245ab` for `245$a$b`.
    fn spec(&mut self) -> Parsed<Spec> {
        let begin = self.at;
        let fields = self.fields("")?;
        let (mut parts, mut comparisons) = (Vec::new(), 0);
        let mut next = self.short_code();
        // `whale` is hardly the tag `wha` with the subfields l and e.
        if next.is_some() && fields.tag.as_str().contains(|c: char| c.is_ascii_lowercase()) {
            return Err(SelectorError::new(self.text, begin, WORD.into()));
        }
        while let Some(codes) = next {
            next = self.short_code();
            parts.push(match next {
                None => {
                    let part = self.subfields(codes)?;
                    self.guarded(Owner { fields, part }, &mut comparisons)?
                }
                Some(_) => Guarded { part: Part::of_codes(codes), conditions: [].into() },
            });
        }
        if parts.is_empty() && self.peek() != Some('$') {
            let part = self.whole_or_indicator()?;
            parts.push(self.guarded(Owner { fields, part }, &mut comparisons)?);
            return Ok(Spec { fields, parts: parts.into(), comparisons });
        }
        while self.has('$') {
            let codes = self.codes()?;
            let part = self.subfields(codes)?;
            parts.push(self.guarded(Owner { fields, part }, &mut comparisons)?);
        }
        Ok(Spec { fields, parts: parts.into(), comparisons })
    }

    /// `fieldTag [index]`
    fn fields(&mut self, hint: &str) -> Parsed<Fields> {
        let tag = self.tag(hint)?;
        self.optional = AFTER_TAG;
        let index = self.index()?;
        if index.is_some() {
            self.optional = AFTER_FIELD_INDEX;
        }
        Ok(Fields { tag, index })
    }

    /// `3(alphalower / DIGIT / ".") / 3(alphaupper / DIGIT / ".")`. An addition: `X` for `.`,
    /// except beside uppercase letters (`EXP`).
    fn tag(&mut self, hint: &str) -> Parsed<TagPattern> {
        let begin = self.at;
        let mut tag = [TagPattern::WILDCARD; 3];
        let (mut may_be_lower, mut may_be_upper) = (true, true);
        for byte in &mut tag {
            let accepts = |c: char| match c {
                '0'..='9' | '.' | 'X' => true,
                'a'..='z' => may_be_lower,
                'A'..='Z' => may_be_upper,
                _ => false,
            };
            match self.next_if(accepts) {
                Some('X') => {}
                Some(c) => {
                    may_be_lower &= !c.is_ascii_uppercase();
                    may_be_upper &= !c.is_ascii_lowercase();
                    *byte = c as u8;
                }
                None => {
                    let letter = match (may_be_lower, may_be_upper) {
                        (true, true) => "a letter",
                        (true, false) => "a lowercase letter",
                        (false, _) => "an uppercase letter",
                    };
                    return self.expected(format!(
                        "a digit, {letter} or `.` (a tag has three characters{hint})"
                    ));
                }
            }
        }
        let written = &self.text.as_bytes()[begin..self.at];
        if !may_be_lower {
            tag.copy_from_slice(written);
        }
        // Additions: `9xx` for `9XX`, and `ldr` for `LDR`.
        if written.iter().any(u8::is_ascii_digit) && tag.iter().all(|byte| is_digit_or_x(*byte)) {
            tag.iter_mut()
                .filter(|byte| **byte == b'x')
                .for_each(|byte| *byte = TagPattern::WILDCARD);
        }
        if written == b"ldr" {
            tag = *b"LDR";
        }
        Ok(TagPattern::new(tag))
    }

    /// `[characterSpec]`, or the end of an `indicatorSpec`
    fn whole_or_indicator(&mut self) -> Parsed<Part> {
        let is_operator = self.is_prefix && self.text[self.at..].starts_with("^=");
        match !is_operator && self.has('^') {
            true => self.indicator(),
            false => Ok(Part::Whole { characters: self.characters()? }),
        }
    }

    /// `"1" / "2"`
    fn indicator(&mut self) -> Parsed<Part> {
        match self.next_if(|c| matches!(c, '1' | '2')) {
            Some('1') => Ok(Part::Indicator(Which::First)),
            Some(_) => Ok(Part::Indicator(Which::Second)),
            None => self.expected("the number of an indicator, `1` or `2`"),
        }
    }

    /// A code without `$`.
    fn short_code(&mut self) -> Option<Codes> {
        let code = self.next_if(|c| c.is_ascii_lowercase() || c.is_ascii_digit())?;
        self.optional = AFTER_SHORT_CODE;
        Some(Codes { first: code as u8, last: code as u8 })
    }

    /// `subfieldChar / (alphalower "-" alphalower) / (DIGIT "-" DIGIT)`
    fn codes(&mut self) -> Parsed<Codes> {
        let Some(code) = self.next_if(|c| matches!(c, '!'..='?' | '['..='{' | '}' | '~')) else {
            return self.expected(
                "a subfield code (a lowercase letter, a digit, or punctuation except `@` and `|`)",
            );
        };
        self.optional = AFTER_CODES;
        let first = code as u8;
        let most = if code.is_ascii_digit() { '9' } else { 'z' };
        if code.is_ascii_punctuation() || !self.has('-') {
            return Ok(Codes { first, last: first });
        }
        match self.next_if(|c| (code..=most).contains(&c)) {
            Some(last) => {
                self.optional = AFTER_CODES;
                Ok(Codes { first, last: last as u8 })
            }
            None => self.expected(format!("the last code of the range, from `{code}` to `{most}`")),
        }
    }

    /// `[index] [characterSpec]` of an `abrSubfieldSpec`
    fn subfields(&mut self, codes: Codes) -> Parsed<Part> {
        let index = self.index()?;
        if index.is_some() {
            self.optional = AFTER_INDEX;
        }
        let repeated = Repeated { codes, index };
        Ok(Part::Subfields { repeated, characters: self.characters()? })
    }

    /// `["[" positionOrRange "]"]`
    fn index(&mut self) -> Parsed<Option<Positions>> {
        if !self.has('[') {
            return Ok(None);
        }
        let positions = self.positions()?;
        match self.has(']') {
            true => Ok(Some(positions)),
            false => self.unexpected(&["`]`"]),
        }
    }

    /// `["/" positionOrRange]`
    fn characters(&mut self) -> Parsed<Option<Positions>> {
        match self.has('/') {
            true => self.positions().map(Some),
            false => Ok(None),
        }
    }

    /// `range / position`. The start of a range must not be after its end; a range from `#` counts
    /// backwards.
    fn positions(&mut self) -> Parsed<Positions> {
        let start = self.position("a number or `#`")?;
        self.optional = &["`-`"];
        if !self.has('-') {
            return Ok(match start {
                Some(first) => Positions::Between { first, last: first },
                None => Positions::Last { before: 0 },
            });
        }
        let before = self.at;
        let end = self.position("the last position of the range, a number or `#`")?;
        Ok(match (start, end) {
            (Some(first), Some(last)) if first > last => {
                self.at = before;
                return self.expected(format!("a number from {first} on, or `#`"));
            }
            (Some(first), Some(last)) => Positions::Between { first, last },
            (Some(first), None) => Positions::From(first),
            (None, end) => Positions::Last { before: end.unwrap_or(0) },
        })
    }

    /// `positiveInteger / "#"`; `None` is `#`. An addition: leading zeros. No value is so long that
    /// it has a position above the largest `u32`, so that stands for all larger ones.
    fn position(&mut self, expected: &str) -> Parsed<Option<u32>> {
        if self.has('#') {
            return Ok(None);
        }
        let mut number = None;
        while let Some(digit) = self.next_if(|c| c.is_ascii_digit()) {
            let digit = u32::from(digit as u8 - b'0');
            number = Some(number.unwrap_or(0u32).saturating_mul(10).saturating_add(digit));
        }
        match number {
            Some(_) => Ok(number),
            None => self.expected(expected),
        }
    }

    /// `*subSpec` after a value
    fn guarded(&mut self, owner: Owner, comparisons: &mut u32) -> Parsed<Guarded> {
        let mut conditions = Vec::new();
        while self.has('{') {
            conditions.push(self.condition(owner, comparisons)?);
        }
        Ok(Guarded { part: owner.part, conditions: conditions.into() })
    }

    /// `subTermSet *( "|" subTermSet ) "}"`
    fn condition(&mut self, owner: Owner, comparisons: &mut u32) -> Parsed<Condition> {
        let mut alternatives = Vec::new();
        loop {
            alternatives.push(self.comparison(owner, *comparisons)?);
            *comparisons += 1;
            if self.has('}') {
                return Ok(Condition(alternatives.into()));
            }
            if !self.has('|') {
                return self.unexpected(&["`|`", "`}`"]);
            }
        }
    }

    /// `[ [subTerm] operator ] subTerm`
    fn comparison(&mut self, owner: Owner, number: u32) -> Parsed<Comparison> {
        let mut left = None;
        let mut operator = self.operator();
        if operator.is_none() {
            left = Some(self.term(owner)?);
            operator = self.operator();
        }
        let (left, operator, right) = match (left, operator) {
            (left, Some(operator)) => (left, operator, self.term(owner)?),
            (Some(right), None) => {
                if !matches!(self.peek(), Some('|' | '}')) {
                    return self.unexpected(&["an operator (= != ~ !~ ? !)", "`|`", "`}`"]);
                }
                (None, Operator::Exists, right)
            }
            (None, None) => return self.expected("an operator or a term"),
        };
        let itself = Reference { fields: owner.fields, part: owner.part };
        let left = left.filter(|left| *left != Term::Reference(itself));
        let scope_of = |term: &Term| match term {
            Term::Text(_) => Scope::Record,
            Term::Reference(reference) => reference.scope(owner.fields, owner.part),
        };
        let left_scope = match (&left, operator) {
            // The value itself exists.
            (None, Operator::Exists | Operator::Missing) => Scope::Record,
            (None, _) => Scope::Value,
            (Some(left), _) => scope_of(left),
        };
        let right_scope = scope_of(&right);
        Ok(Comparison { left, operator, right, left_scope, right_scope, number })
    }

    /// `"=" / "!=" / "~" / "!~" / "!" / "?"`
    fn operator(&mut self) -> Option<Operator> {
        Some(match self.next_if(|c| matches!(c, '=' | '!' | '~' | '?'))? {
            '=' => Operator::Equal,
            '~' => Operator::Includes,
            '?' => Operator::Exists,
            _ if self.has('=') => Operator::NotEqual,
            _ if self.has('~') => Operator::NotIncludes,
            _ => Operator::Missing,
        })
    }

    /// `fieldSpec / subfieldSpec / indicatorSpec / comparisonString / abbreviation`. An addition:
    /// quoted text.
    fn term(&mut self, owner: Owner) -> Parsed<Term> {
        let Owner { fields, part } = owner;
        let reference = |fields, part| Ok(Term::Reference(Reference { fields, part }));
        let Some(c) = self.peek() else { return self.no_term() };
        match c {
            '\\' | '"' => {
                self.has(c);
                let text = if c == '"' { self.quoted()? } else { self.text()? };
                Ok(Term::Text(text.into()))
            }
            '[' => {
                let index = self.index()?;
                self.optional = AFTER_OWN_INDEX;
                let other = Fields { tag: fields.tag, index };
                match (self.peek(), part) {
                    (Some('$' | '^'), _) | (_, Part::Whole { .. } | Part::Indicator(_)) => {
                        let part = self.part_of_term(owner, false)?;
                        reference(other, part)
                    }
                    (_, Part::Subfields { repeated: Repeated { codes, .. }, .. }) => {
                        let repeated = Repeated { codes, index };
                        let characters = self.characters()?;
                        reference(fields, Part::Subfields { repeated, characters })
                    }
                }
            }
            '/' => match part {
                Part::Whole { .. } => {
                    reference(fields, Part::Whole { characters: self.characters()? })
                }
                Part::Subfields { repeated, .. } => {
                    let characters = self.characters()?;
                    reference(fields, Part::Subfields { repeated, characters })
                }
                Part::Indicator(_) => {
                    self.expected("a tag before `/` (an indicator has one character)")
                }
            },
            '$' | '^' => {
                let part = self.part_of_term(owner, false)?;
                reference(fields, part)
            }
            c if c.is_ascii_alphanumeric() || c == '.' => {
                let fields = self.fields(r"; a text begins with `\` or a quote")?;
                let part = self.part_of_term(owner, true)?;
                reference(fields, part)
            }
            _ => self.no_term(),
        }
    }

    #[cold]
    fn no_term<T>(&self) -> Parsed<T> {
        self.expected(r#"a tag, `$`, `[`, `/`, `^` or a text such as `\fast` or `"fast"`"#)
    }

    /// The part of a term after its tag and index. A term without a tag is an abbreviation.
    fn part_of_term(&mut self, owner: Owner, has_tag: bool) -> Parsed<Part> {
        if has_tag && let Some(codes) = self.short_code() {
            self.optional = AFTER_CODES;
            return self.subfields(codes);
        }
        if self.has('$') {
            let codes = self.codes()?;
            return self.subfields(codes);
        }
        if self.peek() == Some('^')
            && !has_tag
            && matches!(owner.part, Part::Whole { characters: Some(_) })
        {
            return self.expected("a tag before `^` (the condition is on characters of a field)");
        }
        self.whole_or_indicator()
    }

    /// The characters of a `comparisonString`. `=` may be its first without an escape, as in the
    /// test suite of MARCspec. Additions: characters that are not ASCII, and `\\` for one backslash.
    fn text(&mut self) -> Parsed<String> {
        let mut text = String::new();
        if self.has('=') {
            text.push('=');
        }
        while let Some(c) = self.next_if(|c| !SPECIAL.contains(&c) && !needs_quotes(c)) {
            let escaped = match c {
                '\\' => self.next_if(|c| c == '\\' || c == 's' || SPECIAL.contains(&c)),
                _ => None,
            };
            text.push(match escaped {
                Some('s') => ' ',
                Some(escaped) => escaped,
                None => c,
            });
        }
        self.optional = AFTER_TEXT;
        Ok(text)
    }

    /// A text up to the closing quote.
    fn quoted(&mut self) -> Parsed<String> {
        let mut text = String::new();
        loop {
            match self.next_if(|_| true) {
                Some('"') => return Ok(text),
                Some('\\') => {
                    text.push(self.next_if(|c| matches!(c, '"' | '\\')).unwrap_or('\\'));
                }
                Some(c) => text.push(c),
                None => return self.expected("a closing quote"),
            }
        }
    }
}

#[cfg(test)]
mod tests;
