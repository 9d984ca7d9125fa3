//! The differences between records and their edited forms, for `--dry-run`.

use crate::{
    cli::{
        console::has_colour, display::Display, failure::Failure, output::Output, same_file::Files,
        session::Session,
    },
    error::quoted,
    parse::BatchRecord,
    record::{AsRecord, Field, Record},
};
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Largest number of comparisons of two fields for one record. Beyond it, all fields between the
/// first difference and the last are shown.
const MOST_COMPARED: usize = 1 << 20;

/// The output of the differences of the first records.
pub(super) struct Differences {
    output: Output,
    /// Number of records that are still shown.
    left: u64,
    is_json: bool,
    has_colours: bool,
}

impl Differences {
    /// Opens standard output for the differences of at most this many records.
    ///
    /// # Errors
    /// Fails if standard output is one of the inputs.
    pub(super) fn open(most: u64, files: &mut Files, session: &Session) -> Result<Self, Failure> {
        let output = Output::open(None, files)?;
        let has_colours = has_colour(&std::io::stdout());
        Ok(Self { output, left: most, is_json: session.console.is_json(), has_colours })
    }

    /// Shows the fields that a record loses, and those that it gains.
    ///
    /// # Errors
    /// Returns errors of the output.
    pub(super) fn show(
        &mut self,
        record: &BatchRecord<'_>,
        changed: &Record,
    ) -> Result<(), Failure> {
        if self.left == 0 {
            return Ok(());
        }
        self.left -= 1;
        let (old, new) = (lines(record, record), lines(record, changed));
        let steps = steps(&old, &new);
        let text = match self.is_json {
            true => self.json(record, &steps),
            false => self.text(record, &steps),
        };
        self.output.put(text.as_bytes())
    }

    fn text(&self, record: &BatchRecord<'_>, steps: &[Step<'_>]) -> String {
        let mut text = format!("{}\n", record.place());
        for step in steps {
            let (sign, colour) = if step.is_added { ('+', 32) } else { ('-', 31) };
            match self.has_colours {
                true => text.push_str(&format!("\x1b[{colour}m{sign} {}\x1b[0m\n", step.line)),
                false => text.push_str(&format!("{sign} {}\n", step.line)),
            }
        }
        text.push('\n');
        text
    }

    fn json(&self, record: &BatchRecord<'_>, steps: &[Step<'_>]) -> String {
        let list = |is_added| {
            let lines = steps.iter().filter(|step| step.is_added == is_added);
            lines.map(|step| quoted(step.line)).collect::<Vec<_>>().join(",")
        };
        format!(
            "{{\"place\":{},\"record\":{},\"removed\":[{}],\"added\":[{}]}}\n",
            quoted(&record.place()),
            record.number(),
            list(false),
            list(true)
        )
    }

    /// Ends the output.
    ///
    /// # Errors
    /// Returns errors of the output.
    pub(super) fn commit(self) -> Result<(), Failure> {
        self.output.commit()
    }
}

/// Returns the leader and the fields of a record or of its edited form, each as a line.
fn lines(original: &BatchRecord<'_>, record: &impl AsRecord) -> Vec<String> {
    let (display, rule) = (Display::new(false, None), original.text());
    let line = |write: &dyn Fn(&mut String)| {
        let mut text = String::new();
        write(&mut text);
        text.trim_end().to_owned()
    };
    let leader = line(&|text| display.leader(record.leader(), text));
    let field = |field: Field<'_>| line(&|text| display.field(original, rule, field, text));
    [leader].into_iter().chain(record.fields().map(field)).collect()
}

/// A line that only one of two lists has.
struct Step<'a> {
    line: &'a str,
    is_added: bool,
}

/// Returns the lines of `old` that are not in `new`, and the other way round, in their order: those
/// outside of a longest common subsequence.
fn steps<'a>(old: &'a [String], new: &'a [String]) -> Vec<Step<'a>> {
    let same = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[same..], &new[same..]);
    let same = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[..old.len() - same], &new[..new.len() - same]);
    let replaced = |old: &'a [String], new: &'a [String]| {
        let removed = old.iter().map(|line| Step { line, is_added: false });
        removed.chain(new.iter().map(|line| Step { line, is_added: true }))
    };
    if old.len().saturating_mul(new.len()) > MOST_COMPARED {
        return replaced(old, new).collect();
    }
    let ops = capture_diff_slices(Algorithm::Lcs, old, new);
    let ops = ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. }));
    ops.flat_map(|op| replaced(&old[op.old_range()], &new[op.new_range()])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> String {
        let split = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
        let (old, new) = (split(old), split(new));
        let sign = |step: &Step<'_>| if step.is_added { '+' } else { '-' };
        steps(&old, &new).iter().map(|step| format!("{}{}", sign(step), step.line)).collect()
    }

    #[test]
    fn only_the_lines_outside_of_a_longest_common_subsequence_are_shown() {
        for (old, new, expected) in [
            ("", "", ""),
            ("abc", "abc", ""),
            ("abc", "ac", "-b"),
            ("ac", "abc", "+b"),
            ("abc", "adc", "-b+d"),
            ("aab", "ab", "-a"),
            ("abcd", "acbd", "-b+b"),
            ("abc", "", "-a-b-c"),
            ("xay", "bxcyd", "+b-a+c+d"),
        ] {
            assert_eq!(shown(old, new), expected, "{old} {new}");
        }
    }
}
