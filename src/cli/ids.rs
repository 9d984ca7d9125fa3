//! Control numbers that are asked for.

use super::{failure::Failure, list_file, same_file::Files};
use std::collections::{BTreeSet, HashMap};

/// Length of a control number of the Library of Congress, which has blanks at its ends (MARC 21,
/// field 010).
const LCCN: usize = 12;

/// Control numbers in the order in which they are asked for, each once.
#[derive(Debug, Default)]
pub(super) struct Ids {
    list: Vec<Vec<u8>>,
}

impl Ids {
    /// Collects the control numbers of the arguments. `@FILE` stands for the lines of a file, `@-`
    /// for those of standard input.
    ///
    /// # Errors
    /// Fails if a file cannot be read.
    pub(super) fn new(arguments: &[String], files: &mut Files) -> Result<Self, Failure> {
        let mut all = Vec::new();
        for argument in arguments {
            match argument.strip_prefix('@') {
                None => all.push(argument.clone().into_bytes()),
                Some(name) => {
                    all.extend(lines_of(&list_file::read(name, files)?).map(Vec::from));
                }
            }
        }
        let mut seen = BTreeSet::new();
        let is_first: Vec<_> = all.iter().map(|id| seen.insert(id.as_slice())).collect();
        let mut is_first = is_first.into_iter();
        all.retain(|_| is_first.next() == Some(true));
        Ok(Self { list: all })
    }

    /// Returns the control numbers.
    pub(super) fn list(&self) -> &[Vec<u8>] {
        &self.list
    }

    /// Returns a map from the control numbers without blanks at their ends to their places in the
    /// list.
    pub(super) fn by_core(&self) -> HashMap<&[u8], Vec<usize>> {
        let mut map = HashMap::<_, Vec<_>>::with_capacity(self.list.len());
        for (at, id) in self.list.iter().enumerate() {
            map.entry(id.trim_ascii()).or_default().push(at);
        }
        map
    }
}

/// Returns the lines that are not empty, without a byte order mark.
fn lines_of(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = text.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(text);
    let lines = text.split(|byte| *byte == b'\n');
    lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line)).filter(|line| !line.is_empty())
}

/// Returns the spellings of a control number, the best first: itself, without blanks at its ends,
/// and with the blanks of a number of the Library of Congress.
pub(super) fn spellings(id: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let core = id.trim_ascii().to_vec();
    let padded = core.clone();
    let room = LCCN.checked_sub(core.len()).filter(|_| !core.is_empty());
    let padded = room.into_iter().flat_map(move |room| {
        let core = padded.clone();
        (0..=room)
            .map(move |before| [&b" ".repeat(before), &*core, &b" ".repeat(room - before)].concat())
    });
    [id.to_vec(), core].into_iter().chain(padded)
}

/// Returns the rank of a key among the [`spellings`] of a control number.
pub(super) fn rank(id: &[u8], key: &[u8]) -> Option<u8> {
    let core = id.trim_ascii();
    if key == id {
        return Some(0);
    }
    if key == core {
        return Some(1);
    }
    let is_padded = key.len() == LCCN && key.trim_ascii() == core && !core.is_empty();
    is_padded.then(|| 2 + (LCCN - key.trim_ascii_start().len()) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_and_spellings_agree() {
        let keys =
            ["a1", " a1", "a1 ", "   a1       ", "a1          ", "b", "", " ", "abcdefghijkl"];
        for id in keys.into_iter().chain(["  a1 ", "abcdefghijklm", "\ta1"]) {
            for key in keys {
                let found = spellings(id.as_bytes()).position(|one| one == key.as_bytes());
                let found = found.map(|at| at as u8);
                assert_eq!(rank(id.as_bytes(), key.as_bytes()), found, "{id:?} {key:?}");
            }
        }
    }

    #[test]
    fn ids_come_from_arguments_once_each() {
        let mut files = Files::default();
        let ids = Ids::new(&["b".into(), "a".into(), "b".into()], &mut files).unwrap();
        assert_eq!(ids.list(), [b"b", b"a"]);
        assert_eq!(
            lines_of(b"\xEF\xBB\xBFa\r\n\n b\nc").collect::<Vec<_>>(),
            [&b"a"[..], b" b", b"c"]
        );
    }
}
