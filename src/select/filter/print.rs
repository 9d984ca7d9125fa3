//! The canonical form of a filter: one blank between words and around operators, parentheses only
//! where they are needed, text in double quotes.

use super::{
    Filter,
    node::{Check, Literal, Node, Question, Test},
    parse::ends_name,
};
use std::fmt::{self, Display, Formatter, Write};

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.root.fmt(f)
    }
}

impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any(nodes) => separated(f, nodes, " or ", |f, node| node.fmt(f)),
            Self::All(nodes) => separated(f, nodes, " and ", |f, node| match node {
                Self::Any(_) => write!(f, "({node})"),
                _ => node.fmt(f),
            }),
            Self::Not(node) => match &**node {
                Self::Any(_) | Self::All(_) => write!(f, "not ({node})"),
                _ => write!(f, "not {node}"),
            },
            Self::Test(test) => test.fmt(f),
        }
    }
}

fn separated<T>(
    f: &mut Formatter<'_>,
    items: &[T],
    separator: &str,
    write: impl Fn(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (number, item) in items.iter().enumerate() {
        if number > 0 {
            f.write_str(separator)?;
        }
        write(f, item)?;
    }
    Ok(())
}

impl Display for Test {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let selector = &self.source.selector;
        let (of_every, is_negated, check) = match &self.question {
            Question::Exists => return write!(f, "exists({selector})"),
            Question::Count(relation, number) => {
                return write!(f, "count({selector}) {} {number}", relation.symbol());
            }
            Question::Values { of_every, is_negated, check } => (*of_every, *is_negated, check),
        };
        match of_every {
            true => write!(f, "all({selector}) ")?,
            false => write!(f, "{selector} ")?,
        }
        match (check, is_negated) {
            (Check::In(_) | Check::InFile { .. }, true) => f.write_str("not ")?,
            (_, true) => f.write_char('!')?,
            (_, false) => {}
        }
        match check {
            Check::Compare(relation, literal) => write!(f, "{} {literal}", relation.symbol()),
            Check::Prefix(text) => {
                f.write_str("^= ")?;
                quoted(f, text)
            }
            Check::Includes(part) => {
                f.write_str("~ ")?;
                quoted(f, part.text())
            }
            Check::Matches(pattern) => {
                let flag = if pattern.ignores_case { "i" } else { "" };
                write!(f, "~ /{}/{flag}", pattern.source)
            }
            Check::In(literals) => {
                f.write_str("in (")?;
                separated(f, literals, ", ", |f, literal| literal.fmt(f))?;
                f.write_char(')')
            }
            Check::InFile { name, .. } => {
                f.write_str("in @")?;
                match name.is_empty() || name.starts_with('"') || name.contains(ends_name) {
                    true => quoted(f, name),
                    false => f.write_str(name),
                }
            }
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => quoted(f, text),
            Self::Number(number) => f.write_str(number),
        }
    }
}

/// Writes a text in quotes.
fn quoted(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            f.write_char('\\')?;
        }
        f.write_char(c)?;
    }
    f.write_char('"')
}
