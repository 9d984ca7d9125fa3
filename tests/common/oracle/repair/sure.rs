//! The entries that are sure to have their own field, where as many fields as entries were matched.

use super::{
    Place,
    matching::{has_form, says_length},
};

/// Reports for each entry if its field is sure. `run_of` names the run that each entry was given.
pub fn sure_of(
    span: &[u8],
    (base, end): (usize, usize),
    tags: &[[u8; 3]],
    stated: &[Option<Place>],
    runs: &[Place],
    run_of: &[usize],
) -> Vec<bool> {
    if all_lengths_are_right(base, stated, runs, run_of) {
        return vec![true; runs.len()];
    }
    let matched = Matched::new(span, (base, end), tags, stated, runs, run_of);
    let mut doubts = Doubts::default();
    matched.doubt_starts_and_lengths(&mut doubts);
    matched.doubt_lengths_of_neighbours(&mut doubts);
    matched.doubt_parted_and_joined(&mut doubts);
    matched.doubt_moved_borders(&mut doubts);
    let sure = matched.sure(doubts);
    run_of.iter().map(|&run| sure[run]).collect()
}

/// Every length is right, in the order of the entries; starts go up or are all zero.
fn all_lengths_are_right(
    base: usize,
    stated: &[Option<Place>],
    runs: &[Place],
    run_of: &[usize],
) -> bool {
    let starts: Vec<Option<usize>> = stated.iter().map(|said| said.map(|said| said.0)).collect();
    let have_lengths = stated
        .iter()
        .zip(runs)
        .all(|(said, &run)| said.is_some_and(|said| length(said) == length(run)));
    let go_up = starts.windows(2).all(|pair| pair[0] < pair[1])
        || starts.iter().all(|start| *start == Some(base));
    have_lengths && go_up && run_of.windows(2).all(|pair| pair[0] < pair[1])
}

fn length((start, after): Place) -> usize {
    after - start
}

/// By how much a place is behind the stated one, where numbers have five digits.
fn apart(said: usize, is: usize) -> i64 {
    (is as i64 - said as i64).rem_euclid(100_000)
}

/// The runs that do not agree with their entries.
#[derive(Default)]
struct Doubts {
    odd: Vec<usize>,
    /// Of some entry more than the length is wrong.
    is_worse: bool,
}

impl Doubts {
    fn length(&mut self, run: usize) {
        self.odd.push(run);
    }

    fn more_than_length(&mut self, runs: impl IntoIterator<Item = usize>) {
        self.odd.extend(runs);
        self.is_worse = true;
    }
}

/// Runs, and what the entry of each says, in the order of the runs.
struct Matched<'a> {
    span: &'a [u8],
    base: usize,
    end: usize,
    runs: &'a [Place],
    says: Vec<Option<Place>>,
    tags: Vec<[u8; 3]>,
    run_of: &'a [usize],
}

impl<'a> Matched<'a> {
    fn new(
        span: &'a [u8],
        (base, end): (usize, usize),
        tags: &[[u8; 3]],
        stated: &[Option<Place>],
        runs: &'a [Place],
        run_of: &'a [usize],
    ) -> Self {
        let entry_of = |run| run_of.iter().position(|of| *of == run).unwrap();
        let says = (0..runs.len()).map(|run| stated[entry_of(run)]).collect();
        let tags = (0..runs.len()).map(|run| tags[entry_of(run)]).collect();
        Self { span, base, end, runs, says, tags, run_of }
    }

    fn count(&self) -> usize {
        self.runs.len()
    }

    fn content(&self, run: usize) -> &[u8] {
        &self.span[self.runs[run].0..self.runs[run].1 - 1]
    }

    fn has_form(&self, run: usize) -> bool {
        has_form(&self.tags[run], self.content(run))
    }

    /// The entry says exactly where the run is.
    fn is_there(&self, run: usize) -> bool {
        self.says[run] == Some(self.runs[run])
    }

    /// The length that the entry of a run states, if there is such a run and it states one.
    fn said_length(&self, run: usize) -> Option<usize> {
        self.says.get(run).copied().flatten().map(length)
    }

    /// The length that one run's entry states is that of another.
    fn is_length_of(&self, entry: Option<usize>, run: usize) -> bool {
        let said = entry.and_then(|entry| self.said_length(entry));
        said.is_some_and(|said| says_length(said, length(self.runs[run])))
    }

    fn is_own(&self, run: usize) -> bool {
        self.is_length_of(Some(run), run)
    }

    /// Starts that are not as far off as the ends before them, and lengths that nothing explains.
    fn doubt_starts_and_lengths(&self, doubts: &mut Doubts) {
        let mut off = 0;
        for (at, &run) in self.runs.iter().enumerate() {
            let Some(said) = self.says[at] else {
                doubts.more_than_length([at]);
                continue;
            };
            let here = apart(said.0, run.0);
            let is_start = here == off || here == self.off_before(at);
            if is_start {
                off = here;
            }
            let is_elsewhere = self.is_twice(at, said) || self.is_copied(at, said);
            if !is_start && !self.is_cut(run, said) || is_elsewhere {
                doubts.more_than_length([at]);
            } else if !self.is_explained(at, said) {
                doubts.length(at);
            }
        }
    }

    /// By how much the end before a run is off. If the entry there says nothing, the last one that
    /// says something counts.
    fn off_before(&self, at: usize) -> i64 {
        let off_end = |run: usize| self.says[run].map(|said| apart(said.1, self.runs[run].1));
        (0..at).rev().find_map(off_end).unwrap_or(0)
    }

    /// The run is too far away for five digits, and its entry states the first or the last start.
    fn is_cut(&self, (start, _): Place, said: Place) -> bool {
        let base = self.base;
        start - base > 99_999 && [base, base + 99_999].contains(&said.0)
    }

    /// The length is right, or counts characters, or the text has another form than it was counted in.
    fn is_explained(&self, at: usize, said: Place) -> bool {
        let content = self.content(at);
        let is = length(self.runs[at]);
        let odd_bytes = content.iter().filter(|&&byte| byte > 0x7F || byte == 10 || byte == 13);
        says_length(length(said), is)
            || content.contains(&0x1B)
            || length(said).abs_diff(is) <= 2 * odd_bytes.count()
    }

    /// The entry states another run, whose own entry states it too.
    fn is_twice(&self, at: usize, said: Place) -> bool {
        let stated = self.runs.iter().position(|run| *run == said);
        said != self.runs[at] && stated.is_some_and(|run| self.is_there(run))
    }

    /// The run's own place is what another entry states too.
    fn is_copied(&self, at: usize, said: Place) -> bool {
        said == self.runs[at]
            && (0..self.count()).any(|other| other != at && self.says[other] == Some(said))
    }

    /// Lengths that are those of the neighbours' entries, and not their own.
    fn doubt_lengths_of_neighbours(&self, doubts: &mut Doubts) {
        let mut from = 0;
        while from < self.count() {
            if !self.is_moved(from) {
                from += 1;
                continue;
            }
            let goes_on = |run: &usize| self.is_moved(*run) || self.says_nothing(*run);
            let to = (from..self.count()).take_while(goes_on).count() + from;
            let moved: Vec<usize> = (from..to).filter(|&run| self.is_moved(run)).collect();
            let ahead = moved.iter().filter(|&&run| self.is_ahead(run)).count();
            let behind = moved.iter().filter(|&&run| self.is_behind(run)).count();
            if ahead.max(behind) > 1 && 2 * ahead.max(behind) >= moved.len() {
                doubts.more_than_length(from..=*moved.last().unwrap());
            }
            from = to;
        }
    }

    fn is_moved(&self, run: usize) -> bool {
        !self.is_there(run) && !self.is_own(run)
    }

    fn is_ahead(&self, run: usize) -> bool {
        self.is_length_of(run.checked_sub(1), run)
    }

    fn is_behind(&self, run: usize) -> bool {
        self.is_length_of(Some(run + 1), run)
    }

    /// The length is the run's own and a neighbour's too, so it shows nothing.
    fn says_nothing(&self, run: usize) -> bool {
        !self.is_there(run) && self.is_own(run) && (self.is_ahead(run) || self.is_behind(run))
    }

    /// A field that was parted in two, and two after it that were made one; or the other way round.
    fn doubt_parted_and_joined(&self, doubts: &mut Doubts) {
        let (mut parted, mut joined) = (None, None);
        for at in 0..self.count() {
            if self.is_there(at) {
                (parted, joined) = (None, None);
                continue;
            }
            let before = at.checked_sub(1);
            let from = if self.joins(at, before) && parted.is_some() {
                parted.take()
            } else if self.parts(at, before) {
                joined.take()
            } else {
                None
            };
            if let Some(from) = from {
                doubts.more_than_length(from..=at);
            }
            if self.parts(at, Some(at + 1)) {
                parted = Some(at);
            }
            if self.joins(at, Some(at + 1)) {
                joined = Some(at);
            }
        }
    }

    /// One entry states a field as long as two runs, with or without the terminator between them.
    fn parts(&self, at: usize, other: Option<usize>) -> bool {
        other.and_then(|other| self.runs.get(other)).is_some_and(|&other| {
            let sum = length(self.runs[at]) + length(other);
            self.said_length(at).is_some_and(|said| said == sum || said + 1 == sum)
        })
    }

    /// Two entries state fields that are together as long as one run.
    fn joins(&self, at: usize, other: Option<usize>) -> bool {
        let is = length(self.runs[at]);
        let other = other.and_then(|other| self.said_length(other));
        let sum = self.said_length(at).zip(other).map(|(one, two)| one + two);
        sum == Some(is) || sum == Some(is + 1)
    }

    /// Two runs are together as long as stated, and neither is: the border is elsewhere.
    fn doubt_moved_borders(&self, doubts: &mut Doubts) {
        for at in 1..self.count() {
            let found = self.runs[at].1 - self.runs[at - 1].0;
            let said = self.said_length(at - 1).zip(self.said_length(at));
            let is_sum = said.is_some_and(|(one, two)| found.abs_diff(one + two) <= 1);
            let is_one_right = self.is_own(at - 1)
                || self.is_own(at)
                || self.has_form(at - 1) && self.has_form(at);
            if is_sum && !is_one_right {
                doubts.more_than_length([at - 1, at]);
            }
        }
    }

    /// Reports for each run if it is sure to be its entry's field.
    fn sure(&self, doubts: Doubts) -> Vec<bool> {
        let Doubts { mut odd, is_worse } = doubts;
        odd.sort_unstable();
        odd.dedup();
        let is_sure = |at: usize| match odd[..] {
            [] => true,
            [only] => at != only || self.is_only_one_left(only),
            [first, .., last] => {
                at < first
                    || at > last
                    || !odd.contains(&at) && self.is_certain(at, first..=last)
                    || !is_worse && self.is_end_moved() && self.are_fields(&odd)
            }
        };
        (0..self.count()).map(is_sure).collect()
    }

    /// The last field does not end as stated: the text takes more room, or less.
    fn is_end_moved(&self) -> bool {
        let last = self.count() - 1;
        let before_end = |place: Place| place.1.min(self.end);
        self.says[last].map(before_end) != Some(before_end(self.runs[last]))
    }

    /// Text was changed in several fields, each of which is still one.
    fn are_fields(&self, odd: &[usize]) -> bool {
        odd.iter().all(|&at| self.has_form(at) && !self.is_two(at))
    }

    /// The run is as long as its own field and a neighbour's, whose length is wrong.
    fn is_two(&self, at: usize) -> bool {
        let is = self.content(at).len();
        let own = self.said_length(at).unwrap();
        [Some(at + 1), at.checked_sub(1)].into_iter().flatten().any(|other| {
            let both = self.said_length(other).map(|other| own + other);
            (both == Some(is + 1) || both == Some(is + 2)) && !self.is_own(other)
        })
    }

    /// Between two doubtful runs: the entry states exactly this run, or its length and no
    /// neighbour's.
    fn is_certain(&self, at: usize, odd: std::ops::RangeInclusive<usize>) -> bool {
        let is_inside = at > *odd.start() && at < *odd.end();
        let says = |run: usize| self.said_length(run);
        let is_own = || {
            is_inside
                && says(at) == Some(length(self.runs[at]))
                && says(at) != says(at - 1)
                && says(at) != says(at + 1)
        };
        self.is_there(at) || is_own()
    }

    /// The only doubtful run: its field is between those of the entries beside it, if those are in
    /// order, and it is not the rest of the record.
    fn is_only_one_left(&self, only: usize) -> bool {
        let entry = self.run_of.iter().position(|&run| run == only).unwrap();
        let beside = |entry: Option<usize>| entry.and_then(|at| self.run_of.get(at)).copied();
        let (before, after) = (beside(entry.checked_sub(1)), beside(Some(entry + 1)));
        let is_ordered = before.is_none_or(|before| after.is_none_or(|after| before < after));
        let is_between = before.is_none_or(|run| run < only) && after.is_none_or(|run| only < run);
        let is_last = only + 1 == self.count();
        let is_rest = is_last && !(self.has_form(only) && (only == 0 || self.is_own(only - 1)));
        (is_between || !is_ordered) && !is_rest
    }
}
