//! A directory that came to another length: the entries from its start that lead to the first
//! fields, and those from its end that lead to the last. Between them is the seam.

use super::{super::leader::entry_of, Found, Place, Reading, Words};

/// The entries that lead to fields, if those are more than half of the directory.
pub fn read_both_ends(
    directory: &[u8],
    base: usize,
    runs: &[Place],
    words: Words,
) -> Option<Reading> {
    if runs.len() > 2 * (directory.len() / 12) {
        return None;
    }
    let seam = Seam::of(directory, base, runs);
    if seam.reaches_end() && seam.missing() > 1 {
        return None;
    }
    let is_sure = seam.is_next_tag_sure();
    let mut fields: Vec<_> = (0..seam.first).map(|at| (seam.tag(12 * at), runs[at])).collect();
    for (after, run) in runs[seam.last..].iter().enumerate() {
        if after > 0 || is_sure {
            fields.push((seam.tag(seam.to + 12 * after), *run));
        }
    }
    if 2 * fields.len() <= directory.len() / 12 {
        return None;
    }
    let lacks = !seam.is_whole(words) || !is_sure;
    Some(Reading { fields, faults: seam.faults(is_sure), lacks, is_firm: false })
}

struct Seam<'a> {
    directory: &'a [u8],
    base: usize,
    runs: &'a [Place],
    /// The number of runs that the entries from the start lead to.
    first: usize,
    /// The first of the runs that the entries from the end lead to.
    last: usize,
    /// The bytes of the directory from the one to the other.
    from: usize,
    to: usize,
}

impl<'a> Seam<'a> {
    fn of(directory: &'a [u8], base: usize, runs: &'a [Place]) -> Self {
        let leads_to = |from: usize, run: Place| {
            entry_of(&directory[from..from + 12])
                .is_some_and(|(length, start)| (base + start, base + start + length) == run)
        };
        let (mut first, mut from) = (0, 0);
        while from + 12 <= directory.len() && first < runs.len() && leads_to(from, runs[first]) {
            first += 1;
            from += 12;
        }
        let (mut last, mut to) = (runs.len(), directory.len());
        while to >= from + 12 && last > first && leads_to(to - 12, runs[last - 1]) {
            last -= 1;
            to -= 12;
        }
        Self { directory, base, runs, first, last, from, to }
    }

    fn tag(&self, from: usize) -> [u8; 3] {
        self.directory[from..from + 3].try_into().unwrap()
    }

    fn bytes(&self) -> &[u8] {
        &self.directory[self.from..self.to]
    }

    /// The number of runs that no entry leads to.
    fn missing(&self) -> usize {
        self.last - self.first
    }

    /// No entry from the end leads to a field.
    fn reaches_end(&self) -> bool {
        self.last == self.runs.len()
    }

    /// The nine digits of the entry of a run.
    fn numbers(&self, run: Place) -> String {
        format!("{:04}{:05}", (run.1 - run.0) % 10_000, (run.0 - self.base) % 100_000)
    }

    /// The tag of the first entry from the end may have come from two others.
    fn is_next_tag_sure(&self) -> bool {
        if self.reaches_end() {
            return true;
        }
        if self.missing() > 0 && self.bytes().len() < 12 {
            return !self.may_reach_into_tag();
        }
        // Wherever bytes came into the tag, this is what it was.
        let is_repeated =
            self.missing() == 0 && self.directory[self.from..].starts_with(&self.tag(self.to));
        is_repeated || self.has_numbers_before()
    }

    /// Of the entry that is missing a part is left, which may reach into the tag.
    fn may_reach_into_tag(&self) -> bool {
        let numbers = self.numbers(self.runs[self.first]);
        (self.to + 1..=self.to + 3).any(|end| {
            let part = self.directory[self.from..end].get(3..).unwrap_or_default();
            numbers.as_bytes().starts_with(part)
        })
    }

    /// All digits of the entry before are in the seam: at its end, or some of them there and the
    /// others after the tag.
    fn has_numbers_before(&self) -> bool {
        let Some(before) = self.last.checked_sub(1) else { return false };
        let digits = self.numbers(self.runs[before]);
        let seam = self.bytes();
        let is_parted = |(start, end): (&str, &str)| {
            self.missing() > 0
                && seam.len() >= 12
                && seam[3..].starts_with(start.as_bytes())
                && seam.ends_with(end.as_bytes())
        };
        seam.ends_with(digits.as_bytes()) || (1..9).any(|at| is_parted(digits.split_at(at)))
    }

    /// As many bytes came as the leader says, or blanks.
    fn is_whole(&self, words: Words) -> bool {
        let is_blank = |&byte: &u8| byte == 0 || byte == b' ';
        self.missing() == 0
            && (words.excess.contains(&Some(self.bytes().len() as i64))
                || self.bytes().iter().all(is_blank))
    }

    fn faults(&self, is_sure: bool) -> Vec<Found> {
        if !self.directory.len().is_multiple_of(12) {
            return vec![("directory_length", None)];
        }
        let ordinals = self.from / 12 + 1..=self.to / 12 + usize::from(!is_sure);
        let mut faults: Vec<_> =
            ordinals.map(|ordinal| ("directory", Some(ordinal as u32))).collect();
        if self.missing() > 0 {
            faults.push(("unlisted_data", None));
        }
        faults
    }
}
