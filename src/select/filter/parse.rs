//! The parser of filters: by recursive descent, with a limit on the depth. The parser of selectors
//! reads the selectors in it.

use super::{
    super::{Selector, parse, pattern},
    FilterError, ValueSet,
    composed::composed,
    error::Problem,
    node::{Check, Literal, Node, Part, Pattern, Question, Relation, Source, Test},
};
use std::{boxed::Box, mem, string::String, vec::Vec};

/// Largest number of parentheses and `not` around each other. It bounds the stack of the parser and
/// of the evaluation.
const MOST_NESTED: usize = 100;

const OPERAND: &str = "a selector such as `245$a`, `not`, `all(`, `count(`, `exists(` or `(`";
const LITERAL: &str = "a text in quotes, or a number";
const OPERATOR: &str = "an operator (= != < <= > >= ^= ~ !~ in)";

type Parsed<T> = Result<T, FilterError>;

/// The function that returns the values in a file.
type Load<'l> = &'l mut dyn FnMut(&str) -> Result<ValueSet, String>;

/// Parses a whole filter.
pub(super) fn filter(text: &str, load: Load<'_>) -> Parsed<Node> {
    let mut parser = Parser { text, at: 0, depth: 0, load };
    let node = parser.any()?;
    parser.skip_blanks();
    match parser.rest().is_empty() {
        true => Ok(node),
        false => parser.expected(parser.after_test(&node, "the end")),
    }
}

/// Returns true for a character that ends the name of a file without quotes.
pub(super) fn ends_name(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '(' | ')' | ',' | '"')
}

struct Parser<'a, 'l> {
    text: &'a str,
    /// Offset in bytes of the next character.
    at: usize,
    /// Number of parentheses and `not` around it.
    depth: usize,
    load: Load<'l>,
}

impl<'a> Parser<'a, '_> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Makes the error that the next character is not the expected one.
    #[cold]
    fn expected<T>(&self, expected: impl Into<String>) -> Parsed<T> {
        Err(FilterError::new(self.text, self.at, Problem::Expected(expected.into())))
    }

    /// Makes the error that the text at an offset cannot be used.
    #[cold]
    fn unusable<T>(&self, at: usize, reason: String) -> Parsed<T> {
        Err(FilterError::new(self.text, at, Problem::Unusable(reason)))
    }

    fn skip_blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Takes this text if it is next.
    fn has(&mut self, text: &str) -> bool {
        let is_next = self.rest().starts_with(text);
        if is_next {
            self.at += text.len();
        }
        is_next
    }

    /// Returns true if this word is next. A longer word, or a tag such as `or.`, is another one.
    fn is_at_word(&self, word: &str) -> bool {
        let after = self.rest().strip_prefix(word);
        after.is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric() || c == '.'))
    }

    /// Skips blanks, and takes this word if it is next.
    fn has_word(&mut self, word: &str) -> bool {
        self.skip_blanks();
        self.is_at_word(word) && self.has(word)
    }

    /// `all *( "or" all )`
    fn any(&mut self) -> Parsed<Node> {
        let mut nodes = Vec::new();
        loop {
            match self.all()? {
                Node::Any(inner) => nodes.extend(inner),
                node => nodes.push(node),
            }
            if !self.has_word("or") && !self.has_word("OR") {
                return Ok(joined(nodes, Node::Any));
            }
        }
    }

    /// `operand *( "and" operand )`
    fn all(&mut self) -> Parsed<Node> {
        let mut nodes = Vec::new();
        loop {
            match self.operand()? {
                Node::All(inner) => nodes.extend(inner),
                node => nodes.push(node),
            }
            if !self.has_word("and") && !self.has_word("AND") {
                return Ok(joined(nodes, Node::All));
            }
        }
    }

    /// `"not" operand / "(" any ")" / test`
    fn operand(&mut self) -> Parsed<Node> {
        self.skip_blanks();
        let start = self.at;
        if self.has_word("not") {
            let node = self.nested(start, Self::operand)?;
            return Ok(Node::Not(node.into()));
        }
        if self.has("(") {
            let node = self.nested(start, Self::any)?;
            self.skip_blanks();
            return match self.has(")") {
                true => Ok(node),
                false => self.expected(self.after_test(&node, "`)`")),
            };
        }
        Ok(Node::Test(self.test()?.into()))
    }

    /// Parses something in one more pair of parentheses, or after one more `not`.
    fn nested(
        &mut self,
        start: usize,
        parse: impl FnOnce(&mut Self) -> Parsed<Node>,
    ) -> Parsed<Node> {
        if self.depth == MOST_NESTED {
            return self.unusable(start, format!("it is nested more than {MOST_NESTED} deep"));
        }
        self.depth += 1;
        let node = parse(self)?;
        self.depth -= 1;
        Ok(node)
    }

    /// Describes the text that may follow a test.
    fn after_test(&self, before: &Node, end: &str) -> String {
        // An operator may follow a selector alone.
        let mut last = before;
        while let Node::All(nodes) | Node::Any(nodes) = last {
            last = &nodes[nodes.len() - 1];
        }
        while let Node::Not(node) = last {
            last = node;
        }
        let is_bare = matches!(last, Node::Test(test) if test.question == Question::Exists)
            && !self.text[..self.at].trim_end().ends_with(')');
        match is_bare {
            true => format!("{OPERATOR}, `and`, `or` or {end}"),
            false => format!("`and`, `or` or {end}"),
        }
    }

    /// `"exists" "(" SELECTOR ")" / "count" "(" SELECTOR ")" relation NUMBER / "all" "(" SELECTOR
    /// ")" comparison / SELECTOR [comparison]`
    fn test(&mut self) -> Parsed<Test> {
        if self.has_word("exists") {
            let source = self.in_parentheses()?;
            return Ok(Test { source, question: Question::Exists });
        }
        if self.has_word("count") {
            let source = self.in_parentheses()?;
            let Some(relation) = self.relation() else {
                return self.expected("an operator (= != < <= > >=)");
            };
            return Ok(Test { source, question: Question::Count(relation, self.count()?) });
        }
        let of_every = self.has_word("all");
        if of_every {
            let source = self.in_parentheses()?;
            return match self.comparison(true)? {
                Some(question) => Ok(Test { source, question }),
                None => self.expected(OPERATOR),
            };
        }
        let source = self.selector()?;
        let question = self.comparison(false)?.unwrap_or(Question::Exists);
        Ok(Test { source, question })
    }

    fn selector(&mut self) -> Parsed<Source> {
        let begins = self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || c == '.');
        // These tags would be words in the canonical form.
        let is_word = ["all", "and", "not"].iter().any(|word| self.rest().starts_with(word))
            || ["in", "or"].iter().any(|word| self.is_at_word(word));
        if !begins || is_word {
            return self.expected(OPERAND);
        }
        self.any_selector()
    }

    /// Parses a selector that may have any tag.
    fn any_selector(&mut self) -> Parsed<Source> {
        let (selector, end): (Selector, usize) = parse::prefix(self.text, self.at)?;
        self.at = end;
        Ok(Source::new(selector))
    }

    fn in_parentheses(&mut self) -> Parsed<Source> {
        self.skip_blanks();
        if !self.has("(") {
            return self.expected("`(`");
        }
        self.skip_blanks();
        let source = self.any_selector()?;
        self.skip_blanks();
        if self.has(")") { Ok(source) } else { self.expected("`)`") }
    }

    fn relation(&mut self) -> Option<Relation> {
        self.skip_blanks();
        Relation::ALL.into_iter().find(|relation| self.has(relation.symbol()))
    }

    fn count(&mut self) -> Parsed<u64> {
        self.skip_blanks();
        let digits =
            self.rest().len() - self.rest().trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number = self.rest()[..digits].parse();
        match number {
            Ok(number) => {
                self.at += digits;
                self.end_of_word("the end of the number").map(|()| number)
            }
            Err(_) if digits > 0 => self.expected(format!("a number up to {}", u64::MAX)),
            Err(_) => self.expected("a number"),
        }
    }

    /// Refuses a letter or digit right after a number or a regular expression.
    fn end_of_word(&self, expected: &str) -> Parsed<()> {
        match self.peek() {
            Some(c) if c.is_alphanumeric() || matches!(c, '.' | '_') => self.expected(expected),
            _ => Ok(()),
        }
    }

    /// An operator and its right side; `None` if there is no operator.
    fn comparison(&mut self, of_every: bool) -> Parsed<Option<Question>> {
        self.skip_blanks();
        let values = |is_negated, check| Ok(Some(Question::Values { of_every, is_negated, check }));
        if self.has("^=") {
            let prefix = self.literal(LITERAL)?.into_text();
            return values(false, Check::Prefix(prefix));
        }
        let is_negated = self.rest().starts_with("!~");
        if self.has("!~") || self.has("~") {
            return values(is_negated, self.text_or_pattern()?);
        }
        match self.relation() {
            Some(Relation::NotEqual) => {
                let literal = self.literal(LITERAL)?;
                return values(true, Check::Compare(Relation::Equal, literal));
            }
            Some(relation) => {
                return values(false, Check::Compare(relation, self.literal(LITERAL)?));
            }
            None => {}
        }
        let start = self.at;
        let is_negated = self.has_word("not");
        if self.has_word("in") {
            return values(is_negated, self.list()?);
        }
        self.at = start;
        Ok(None)
    }

    /// A text or a number. Anything else is an error that says what was expected.
    fn literal(&mut self, expected: &str) -> Parsed<Literal> {
        self.skip_blanks();
        if let Some(quote @ ('"' | '\'')) = self.peek() {
            return self.quoted(quote).map(|text| Literal::Text((*composed(&text)).into()));
        }
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, '-' | '.'));
        let number = &rest[..end.unwrap_or(rest.len())];
        if super::number::Number::parse(number).is_none() {
            return self.expected(expected);
        }
        self.at += number.len();
        self.end_of_word("the end of the number (a text is in quotes)")?;
        Ok(Literal::Number(number.into()))
    }

    /// A text up to the closing quote.
    fn quoted(&mut self, quote: char) -> Parsed<String> {
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1).peekable();
        while let Some((at, c)) = chars.next() {
            if c == quote {
                self.at += at + c.len_utf8();
                return Ok(text);
            }
            let escaped = chars.next_if(|&(_, next)| c == '\\' && (next == quote || next == '\\'));
            text.push(escaped.map_or(c, |(_, next)| next));
        }
        self.at = self.text.len();
        self.expected("a closing quote")
    }

    fn text_or_pattern(&mut self) -> Parsed<Check> {
        self.skip_blanks();
        if self.peek() == Some('/') {
            return self.pattern().map(Check::Matches);
        }
        let expected = "a text in quotes, a number, or a regular expression such as `/whal/`";
        let literal = self.literal(expected)?;
        Ok(Check::Includes(Part::new(&literal.into_text()).into()))
    }

    /// A regular expression between slashes, and its flag.
    fn pattern(&mut self) -> Parsed<Pattern> {
        let start = self.at + 1;
        let mut is_escaped = false;
        let end = self.text[start..].find(|c| {
            let ends = c == '/' && !is_escaped;
            is_escaped = c == '\\' && !mem::take(&mut is_escaped);
            ends
        });
        let Some(length) = end else {
            self.at = self.text.len();
            return self.expected("a closing slash");
        };
        let source = &self.text[start..start + length];
        self.at = start + length + 1;
        let ignores_case = self.has("i");
        self.end_of_word("the flag `i`, or the end of the regular expression")?;
        // A mistake has its place in the text as it is written.
        let compiled = pattern::compile(source, ignores_case);
        let written = source;
        // Some characters become two, which would be two in a class of characters as well.
        let source = composed(written);
        let is_longer = source.chars().count() > written.chars().count();
        let source = if is_longer { written.into() } else { source };
        match compiled.and_then(|_| pattern::compile(&source, ignores_case)) {
            Ok(regex) => Ok(Pattern { source: source.into(), ignores_case, regex }),
            Err((offset, reason)) => self.unusable(start + offset, reason),
        }
    }

    /// `"(" literal *( "," literal ) ")" / "@" NAME`
    fn list(&mut self) -> Parsed<Check> {
        self.skip_blanks();
        if self.peek() == Some('@') {
            return self.file();
        }
        if !self.has("(") {
            return self.expected("`(` or `@` and the name of a file");
        }
        let mut literals = Vec::new();
        loop {
            literals.push(self.literal(LITERAL)?);
            self.skip_blanks();
            if self.has(")") {
                return Ok(Check::In(literals.into()));
            }
            if !self.has(",") {
                return self.expected("`,` or `)`");
            }
        }
    }

    fn file(&mut self) -> Parsed<Check> {
        let start = self.at;
        self.has("@");
        let name: Box<str> = match self.peek() {
            Some('"') => self.quoted('"')?.into(),
            _ => {
                let rest = self.rest();
                let name = &rest[..rest.find(ends_name).unwrap_or(rest.len())];
                if name.is_empty() {
                    return self.expected("the name of a file");
                }
                self.at += name.len();
                name.into()
            }
        };
        match (self.load)(&name) {
            Ok(values) => Ok(Check::InFile { name, values }),
            Err(reason) => self.unusable(start, reason),
        }
    }
}

/// Returns the only node, or all of them in one.
fn joined(nodes: Vec<Node>, join: impl FnOnce(Box<[Node]>) -> Node) -> Node {
    match <[Node; 1]>::try_from(nodes) {
        Ok([node]) => node,
        Err(nodes) => join(nodes.into()),
    }
}
