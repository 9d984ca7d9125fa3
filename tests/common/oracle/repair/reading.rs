//! The rules by which a directory and the bytes after it are read, in the order in which they are
//! tried.

use super::{
    super::leader::entry_of,
    Place, Reading, Words,
    count::{by_count, tag_is_fine},
    ends::{by_both_ends, with_wide_entries},
    matching::{has_form, match_up},
    seam::read_both_ends,
    sure::sure_of,
    tiling::by_tiling,
};

/// Reads the fields from `base` to `end`, where the record terminator is or should be.
pub fn read(span: &[u8], base: usize, end: usize, words: Words) -> Option<Reading> {
    let directory = &span[24..base - 1];
    let least = if words.length || words.base { 1 } else { 2 };
    if directory.len() < 12 * least {
        return None;
    }
    let runs = runs_of(span, base, end);
    if !directory.len().is_multiple_of(12) {
        return with_wide_entries(directory, base, end, &runs)
            .or_else(|| read_both_ends(directory, base, &runs, words));
    }
    let damaged = Damaged::new(span, (base, end), words, runs);
    if let Some(reading) = damaged.as_stated().or_else(|| damaged.with_another_terminator()) {
        return Some(reading);
    }
    if span[base - 1] != 0x1E {
        return None;
    }
    damaged
        .in_characters()
        .or_else(|| damaged.by_count())
        .or_else(|| with_wide_entries(directory, base, end, &damaged.runs))
        .or_else(|| damaged.by_what_is_left())
}

/// The fields as their terminators part them; the last one may be missing.
fn runs_of(span: &[u8], base: usize, end: usize) -> Vec<Place> {
    let mut runs = Vec::new();
    let mut start = base;
    for at in (base..end).filter(|&at| span[at] == 0x1E) {
        runs.push((start, at + 1));
        start = at + 1;
    }
    if start < end {
        runs.push((start, end + 1));
    }
    runs
}

/// A record whose directory has whole entries.
struct Damaged<'a> {
    span: &'a [u8],
    base: usize,
    end: usize,
    words: Words,
    runs: Vec<Place>,
    entries: Vec<&'a [u8]>,
    tags: Vec<[u8; 3]>,
    /// The place that each entry states, if its numbers are numbers.
    stated: Vec<Option<Place>>,
}

impl<'a> Damaged<'a> {
    fn new(span: &'a [u8], (base, end): (usize, usize), words: Words, runs: Vec<Place>) -> Self {
        let entries: Vec<&[u8]> = span[24..base - 1].chunks(12).collect();
        let tags = entries.iter().map(|entry| entry[..3].try_into().unwrap()).collect();
        let place = |(length, at)| (base + at, base + at + length);
        let stated = entries.iter().map(|entry| entry_of(entry).map(place)).collect();
        Self { span, base, end, words, runs, entries, tags, stated }
    }

    fn count(&self) -> usize {
        self.entries.len()
    }

    /// The places that the entries state, if each states one.
    fn all_stated(&self) -> Option<Vec<Place>> {
        self.stated.iter().copied().collect()
    }

    /// A terminator is where the place ends, and the place is in the record.
    fn holds(&self, (start, after): Place) -> bool {
        start < after && after <= self.end && self.span[after - 1] == 0x1E
    }

    /// The place ends with a terminator, and one is right before it.
    fn is_field(&self, place: Place) -> bool {
        let (start, span) = (place.0, self.span);
        let begins = || start == self.base || start <= span.len() && span[start - 1] == 0x1E;
        self.holds(place) && begins()
    }

    /// The entry leads to a field, of which no other that does has a byte.
    fn stands_alone(&self, at: usize) -> bool {
        let Some(one) = self.stated[at] else { return false };
        let shares = |two: Place| self.is_field(two) && one.0 < two.1 && two.0 < one.1;
        let is_shared =
            (0..self.count()).any(|other| other != at && self.stated[other].is_some_and(shares));
        self.is_field(one) && !is_shared
    }

    /// The places of the entries, if each stands alone.
    fn all_alone(&self) -> Option<Vec<Place>> {
        (0..self.count()).all(|at| self.stands_alone(at)).then(|| self.all_stated())?
    }

    /// The directory is not the one that the record had: the leader's numbers are both wrong, or off
    /// by whole entries.
    fn is_another_directory(&self) -> bool {
        let by_entries = |excess: Option<i64>| excess.is_some_and(|by| by != 0 && by % 12 == 0);
        let [length_by_entries, base_by_entries] = self.words.excess.map(by_entries);
        let reaches_end = || self.all_alone().is_some_and(|places| lists(&places, self.end - 1));
        !self.words.length && !self.words.base
            || base_by_entries
            || length_by_entries && reaches_end()
    }

    /// The reading in which each entry has the place that it states.
    fn reading_as_stated(&self) -> Reading {
        let fields = self.tags.iter().zip(&self.stated);
        let fields = fields.filter_map(|(&tag, &place)| Some((tag, place?))).collect();
        Reading { fields, faults: Vec::new(), lacks: false, is_firm: false }
    }

    /// Every entry leads to a field of its own: they are the fields. Bytes between them that no entry
    /// lists are lost.
    fn as_stated(&self) -> Option<Reading> {
        let places = self.all_alone()?;
        if (self.base..self.end).all(|byte| lists(&places, byte)) {
            return Some(Reading { is_firm: true, ..self.reading_as_stated() });
        }
        let faults = vec![("unlisted_data", None)];
        (lists(&places, self.end - 1) && !self.is_another_directory()).then(|| Reading {
            faults,
            lacks: true,
            is_firm: true,
            ..self.reading_as_stated()
        })
    }

    /// The entries follow one another from the base address to the end.
    fn tiles(&self) -> bool {
        let mut next = self.base;
        let follows = |place: &Option<Place>| {
            let Some((start, after)) = *place else { return false };
            let is_next = start == next && after > start;
            next = after;
            is_next
        };
        self.stated.iter().all(follows) && next == self.end
    }

    fn has_form(&self, at: usize, (start, after): Place) -> bool {
        has_form(&self.tags[at], &self.span[start..after - 1])
    }

    /// All terminators are one other byte.
    fn with_another_terminator(&self) -> Option<Reading> {
        let Words { length: is_length_right, base: is_base_right, .. } = self.words;
        let byte = self.span[self.end - 1];
        if !is_length_right || self.count() < 2 || byte == 0x1E || !self.tiles() {
            return None;
        }
        let places = self.all_stated()?;
        let is_byte = |at: usize| self.span[at] == byte;
        let all_are = places
            .iter()
            .enumerate()
            .all(|(at, &place)| is_byte(place.1 - 1) && self.has_form(at, place));
        // A run of that byte over the ends of fields is no terminator.
        let in_runs = places.iter().filter(|place| is_byte(place.1 - 2)).count();
        let are_runs = 2 * in_runs >= self.count();
        let is_other = all_are && !are_runs && (is_byte(self.base - 1) || is_base_right);
        let faults = vec![("field_terminator", None)];
        is_other.then(|| Reading { faults, ..self.reading_as_stated() })
    }

    /// The entries follow one another, if their numbers count characters.
    fn in_characters(&self) -> Option<Reading> {
        let is_start = |&at: &usize| !(0x80..=0xBF).contains(&self.span[at]);
        let starts: Vec<usize> = (self.base..self.end).filter(is_start).chain([self.end]).collect();
        let byte_of = |number: usize| starts.get(number - self.base).copied();
        let place_of = |place: &Option<Place>| {
            let (start, after) = (*place)?;
            let last = byte_of(after.checked_sub(1).filter(|&last| last >= start)?)?;
            let is_whole = last < self.end && self.span[last] == 0x1E;
            is_whole.then_some((byte_of(start)?, last + 1))
        };
        let places: Vec<Place> = self.stated.iter().map(place_of).collect::<Option<_>>()?;
        let follow = places[0].0 == self.base
            && places.windows(2).all(|pair| pair[0].1 == pair[1].0)
            && places.last().unwrap().1 == self.end;
        let fields = self.tags.iter().copied().zip(places).collect();
        let faults = vec![("field_positions", None)];
        follow.then_some(Reading { fields, faults, lacks: false, is_firm: true })
    }

    /// The number of entries whose places end with a terminator.
    fn held(&self) -> usize {
        self.stated.iter().filter(|place| place.is_some_and(|place| self.holds(place))).count()
    }

    /// There are as many fields as entries: each entry has the one that was matched with it, if
    /// enough of them are sure.
    fn by_count(&self) -> Option<Reading> {
        if self.runs.len() != self.count() {
            return None;
        }
        let (run_of, agreeing) = match_up(&self.stated, &self.runs);
        let has_form = |at: usize| self.has_form(at, self.runs[run_of[at]]);
        let is_measure = agreeing > 0 || (0..self.count()).all(has_form);
        if !is_measure || self.is_another_directory() || self.tiles() && self.held() >= agreeing {
            return None;
        }
        let ends = (self.base, self.end);
        let sure = sure_of(self.span, ends, &self.tags, &self.stated, &self.runs, &run_of);
        let are_most_sure = 2 * sure.iter().filter(|sure| **sure).count() > self.count();
        are_most_sure
            .then(|| by_count(&self.entries, &self.stated, &self.runs, &run_of, &sure, self.end))
    }

    /// The last rules: by the entries that tile, that lead to fields from both ends, or that stand
    /// alone.
    fn by_what_is_left(&self) -> Option<Reading> {
        if self.tiles() && 2 * self.held() >= self.count() {
            return by_tiling(self.span, self.end, &self.tags, &self.all_stated()?);
        }
        if self.is_another_directory() {
            let directory = &self.span[24..self.base - 1];
            return read_both_ends(directory, self.base, &self.runs, self.words);
        }
        let alone = self.words.length.then(|| self.by_those_alone()).flatten();
        alone.or_else(|| by_both_ends(self.span, self.end, &self.tags, &self.stated, &self.runs))
    }

    /// More than half of the entries lead to a field of their own.
    fn by_those_alone(&self) -> Option<Reading> {
        let (mut fields, mut faults) = (Vec::new(), Vec::new());
        for at in 0..self.count() {
            if self.stands_alone(at) && tag_is_fine(&self.entries, at) {
                fields.push((self.tags[at], self.stated[at].unwrap()));
            } else {
                faults.push(("directory", Some(at as u32 + 1)));
            }
        }
        if faults.is_empty() {
            faults.push(("unlisted_data", None));
        }
        let are_most = 2 * fields.len() > self.count();
        are_most.then_some(Reading { fields, faults, lacks: true, is_firm: false })
    }
}

fn lists(places: &[Place], byte: usize) -> bool {
    places.iter().any(|&(start, after)| (start..after).contains(&byte))
}
