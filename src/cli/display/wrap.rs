//! Lines of limited width.

use super::Style;
use unicode_width::UnicodeWidthStr;

/// A part of a line in one style.
type Piece = (String, Style);

/// Styled text, broken at blanks into lines of limited width.
#[derive(Debug)]
pub(super) struct Lines {
    width: Option<usize>,
    lines: Vec<Vec<Piece>>,
    /// Number of columns in the last line.
    used: usize,
    /// A word whose end has not come yet: it may have several styles.
    word: Vec<Piece>,
}

impl Lines {
    /// Creates a line without text. Without a width it is never broken.
    pub(super) fn new(width: Option<usize>) -> Self {
        Self {
            width: width.filter(|width| *width > 0),
            lines: vec![Vec::new()],
            used: 0,
            word: Vec::new(),
        }
    }

    /// Appends text.
    pub(super) fn push(&mut self, text: &str, style: Style) {
        let mut rest = text;
        if self.width.is_none() {
            return self.word.push((text.into(), style));
        }
        while let Some(at) = rest.find(' ') {
            self.word.push((rest[..at].into(), style));
            self.end_word();
            self.blank();
            rest = &rest[at + 1..];
        }
        self.word.push((rest.into(), style));
    }

    fn last(&mut self) -> &mut Vec<Piece> {
        if self.lines.is_empty() {
            self.lines.push(Vec::new());
        }
        let last = self.lines.len() - 1;
        &mut self.lines[last]
    }

    /// Appends a blank, unless the line is full: then the next word begins a line.
    fn blank(&mut self) {
        if self.width.is_none_or(|width| self.used < width) {
            self.last().push((" ".into(), Style::Plain));
        }
        self.used += 1;
    }

    /// Appends the word that has come to its end, on a new line if there is no room for it.
    fn end_word(&mut self) {
        let word = std::mem::take(&mut self.word);
        let columns: usize = word.iter().map(|(piece, _)| piece.width()).sum();
        if self.width.is_some_and(|width| self.used > 0 && self.used + columns > width) {
            self.lines.push(Vec::new());
            self.used = 0;
        }
        self.used += columns;
        self.last().extend(word.into_iter().filter(|(piece, _)| !piece.is_empty()));
    }

    /// Returns the lines, without blanks at their ends.
    pub(super) fn finish(mut self) -> Vec<Vec<Piece>> {
        self.end_word();
        for line in &mut self.lines {
            while line.last().is_some_and(|(piece, _)| piece == " ") {
                line.pop();
            }
        }
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(text: &str, width: usize) -> Vec<String> {
        let mut lines = Lines::new(Some(width));
        lines.push(text, Style::Plain);
        let text = |line: Vec<Piece>| line.into_iter().map(|(piece, _)| piece).collect();
        lines.finish().into_iter().map(text).collect()
    }

    #[test]
    fn lines_are_broken_at_blanks() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("one two three", 6), ["one", "two", "three"]);
        assert_eq!(wrapped("", 5), [""]);
        // A word that is longer than a line has one of its own, and is not lost.
        assert_eq!(wrapped("a verylongword b", 4), ["a", "verylongword", "b"]);
        // Two blanks in the middle of a line are content.
        assert_eq!(wrapped("a  b", 10), ["a  b"]);
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(wrapped("中文 中文", 8), ["中文", "中文"]);
        assert_eq!(wrapped("中文 中文", 9), ["中文 中文"]);
    }
}
