//! The assignment of fields to as many entries, and its certainty.

use super::Place;

/// Returns true if content begins as the tag requires: with indicators and a subfield or, in a
/// control field, without them.
pub fn has_form(tag: &[u8], content: &[u8]) -> bool {
    match tag.starts_with(b"00") {
        true => !content.contains(&0x1F),
        false => content.len() > 2 && content[2] == 0x1F,
    }
}

/// Returns true if four digits state this length of a field.
pub fn says_length(said: usize, is: usize) -> bool {
    said == is || is > 9_999 && [is % 10_000, 9_999, 0].contains(&said)
}

/// Assigns runs to entries. Returns also the number of lengths that are then as stated.
pub fn match_up(stated: &[Option<Place>], runs: &[Place]) -> (Vec<usize>, usize) {
    let count = stated.len();
    // Entries that state a field's place own it.
    let mut owner: Vec<Option<usize>> = vec![None; count];
    let mut exact: Vec<Option<usize>> = vec![None; count];
    let mut is_ambiguous = false;
    for at in 0..count {
        if let Some(run) = runs.iter().position(|run| stated[at] == Some(*run)) {
            if owner[run].is_none() {
                owner[run] = Some(at);
                exact[at] = Some(run);
            } else {
                is_ambiguous = true;
            }
        }
    }
    let left_over = exact.iter().filter(|run| run.is_none()).count();
    let mut free = (0..count).filter(|&run| owner[run].is_none());
    let exact: Vec<usize> =
        exact.iter().map(|run| run.unwrap_or_else(|| free.next().unwrap())).collect();
    let by_entry: Vec<usize> = (0..count).collect();
    let by_start: Option<Vec<usize>> = stated.iter().all(Option::is_some).then(|| {
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|&at| stated[at].unwrap().0);
        (0..count).map(|at| order.iter().position(|&other| other == at).unwrap()).collect()
    });
    let in_order = match (is_ambiguous, left_over) {
        (true, _) => [Some(by_entry), Some(exact), by_start],
        (false, 0 | 1) => [Some(exact), by_start, Some(by_entry)],
        (false, _) => [by_start, Some(by_entry), Some(exact)],
    };
    // The score is the number of lengths as stated; if that decides nothing, the number of starts.
    let score = |run_of: &[usize]| {
        let count_if = |is: fn(Place, Place) -> bool| {
            (0..count)
                .filter(|&at| stated[at].is_some_and(|said| is(said, runs[run_of[at]])))
                .count()
        };
        let lengths = count_if(|said, run| says_length(said.1 - said.0, run.1 - run.0));
        (lengths, count_if(|said, run| said.0 % 100_000 == run.0 % 100_000))
    };
    let mut best: Option<(Vec<usize>, (usize, usize))> = None;
    for run_of in in_order.into_iter().flatten() {
        let score = score(&run_of);
        if best.as_ref().is_none_or(|(_, most)| score > *most) {
            best = Some((run_of, score));
        }
    }
    let (run_of, (lengths, _)) = best.unwrap();
    (run_of, lengths)
}

/// Returns the entries that certainly have their own field, after as many fields as entries were
/// matched.
pub fn sure_of(
    span: &[u8],
    (base, end): (usize, usize),
    tags: &[&[u8]],
    stated: &[Option<Place>],
    runs: &[Place],
    run_of: &[usize],
) -> Vec<bool> {
    let count = runs.len();
    // Every length is right, in the order of the entries; starts ascend or are all zero.
    let starts: Vec<Option<usize>> = stated.iter().map(|said| said.map(|said| said.0)).collect();
    let have_lengths = (0..count)
        .all(|at| stated[at].is_some_and(|said| said.1 - said.0 == runs[at].1 - runs[at].0));
    let go_up = starts.windows(2).all(|pair| pair[0] < pair[1])
        || starts.iter().all(|start| *start == Some(base));
    if have_lengths && go_up && run_of.windows(2).all(|pair| pair[0] < pair[1]) {
        return vec![true; count];
    }
    // The statement of each run's entry, in the order of the runs.
    let says: Vec<Option<Place>> =
        (0..count).map(|run| stated[run_of.iter().position(|of| *of == run).unwrap()]).collect();
    let apart = |said: usize, is: usize| (is as i64 - said as i64).rem_euclid(100_000);
    let mut off = 0;
    let mut odd = Vec::new();
    // True if more than the length of some entry is wrong.
    let mut is_worse = false;
    for (at, &(start, after)) in runs.iter().enumerate() {
        let Some(said) = says[at] else {
            odd.push(at);
            is_worse = true;
            continue;
        };
        let off_behind = match at.checked_sub(1).map(|before| (says[before], runs[before])) {
            None => 0,
            Some((Some(said), run)) => apart(said.1, run.1),
            // The entry before states nothing, so the last statement counts.
            Some((None, _)) => (0..at)
                .rev()
                .find_map(|before| says[before].map(|said| apart(said.1, runs[before].1)))
                .unwrap_or(0),
        };
        let here = apart(said.0, start);
        let is_start = here == off || here == off_behind;
        if is_start {
            off = here;
        }
        let is_cut = start - base > 99_999 && [base, base + 99_999].contains(&said.0);
        let (length, said_length) = (after - start, said.1 - said.0);
        let content = &span[start..after - 1];
        let odd_bytes = content.iter().filter(|&&byte| byte > 0x7F || byte == 10 || byte == 13);
        let is_length = says_length(said_length, length)
            || content.contains(&0x1B)
            || said_length.abs_diff(length) <= 2 * odd_bytes.count();
        let is_twice = said != (start, after)
            && runs.contains(&said)
            && says[runs.iter().position(|run| *run == said).unwrap()] == Some(said);
        let is_copied = said == (start, after)
            && (0..count).any(|other| other != at && says[other] == Some(said));
        if !is_length || !is_start && !is_cut || is_twice || is_copied {
            odd.push(at);
        }
        is_worse |= !is_start && !is_cut || is_twice || is_copied;
    }
    // Lengths that are those of the neighbours' entries, and not their own.
    let is_of = |entry: Option<usize>, run: usize| {
        let said = entry.and_then(|at| says.get(at).copied().flatten()).map(|said| said.1 - said.0);
        let is = runs[run].1 - runs[run].0;
        said.is_some_and(|said| says_length(said, is))
    };
    let is_own = |run: usize| is_of(Some(run), run);
    let is_ahead = |run: usize| is_of(run.checked_sub(1), run);
    let is_behind = |run: usize| is_of(Some(run + 1), run);
    let says_nothing = |run: usize| is_own(run) && (is_ahead(run) || is_behind(run));
    let mut from = 0;
    while from < count {
        let is_moved = |run: usize| says[run] != Some(runs[run]) && !is_own(run);
        if !is_moved(from) {
            from += 1;
            continue;
        }
        let goes_on =
            |run: &usize| says[*run] != Some(runs[*run]) && (is_moved(*run) || says_nothing(*run));
        let to = (from..count).take_while(goes_on).count() + from;
        let moved: Vec<usize> = (from..to).filter(|&run| is_moved(run)).collect();
        let ahead = moved.iter().filter(|&&run| is_ahead(run)).count();
        let behind = moved.iter().filter(|&&run| is_behind(run)).count();
        if ahead.max(behind) > 1 && 2 * ahead.max(behind) >= moved.len() {
            odd.extend(from..=*moved.last().unwrap());
            is_worse = true;
        }
        from = to;
    }
    // A field was divided, and two fields after it were joined; or the reverse.
    let said_length = |at: usize| says.get(at).copied().flatten().map(|said| said.1 - said.0);
    let parts = |at: usize, other: Option<usize>| {
        other.and_then(|other| runs.get(other)).is_some_and(|other| {
            let sum = runs[at].1 - runs[at].0 + other.1 - other.0;
            said_length(at).is_some_and(|said| said == sum || said + 1 == sum)
        })
    };
    let joins = |at: usize, other: Option<usize>| {
        let is = runs[at].1 - runs[at].0;
        let sum = said_length(at).zip(other.and_then(said_length)).map(|(one, two)| one + two);
        sum == Some(is) || sum == Some(is + 1)
    };
    let (mut parted, mut joined) = (None, None);
    for at in 0..count {
        if says[at] == Some(runs[at]) {
            (parted, joined) = (None, None);
            continue;
        }
        let before = at.checked_sub(1);
        let from = if joins(at, before) && parted.is_some() {
            parted.take()
        } else if parts(at, before) {
            joined.take()
        } else {
            None
        };
        if let Some(from) = from {
            odd.extend(from..=at);
            is_worse = true;
        }
        if parts(at, Some(at + 1)) {
            parted = Some(at);
        }
        if joins(at, Some(at + 1)) {
            joined = Some(at);
        }
    }
    // Two fields have together the stated length, but neither alone: the border has moved.
    let tag_of = |run: usize| tags[run_of.iter().position(|of| *of == run).unwrap()];
    let form_of = |run: usize| has_form(tag_of(run), &span[runs[run].0..runs[run].1 - 1]);
    for at in 1..count {
        let found = (runs[at].1 - runs[at - 1].0) as i64;
        let said = said_length(at - 1).zip(said_length(at)).map(|(one, two)| (one + two) as i64);
        let is_sum = said.is_some_and(|said| (found - said).abs() <= 1);
        let is_one_right = is_own(at - 1) || is_own(at) || form_of(at - 1) && form_of(at);
        if is_sum && !is_one_right {
            odd.extend([at - 1, at]);
            is_worse = true;
        }
    }
    odd.sort_unstable();
    odd.dedup();
    let mut sure = vec![true; count];
    // Text was changed in several fields, each of which is still one field.
    let length_of = |at: usize| says.get(at).copied().flatten().map(|said| said.1 - said.0);
    let is_one_field = |&at: &usize| {
        let content = &span[runs[at].0..runs[at].1 - 1];
        let neighbours = [Some(at + 1), at.checked_sub(1)];
        let is_two = neighbours.into_iter().flatten().any(|other| {
            length_of(other).is_some_and(|other| {
                let both = length_of(at).unwrap() + other;
                both == content.len() + 1 || both == content.len() + 2
            }) && !is_own(other)
        });
        form_of(at) && !is_two
    };
    // The last field does not end at its place: the text has become longer or shorter.
    let is_moved = says[count - 1].map(|said| said.1.min(end)) != Some(runs[count - 1].1.min(end));
    if odd.len() > 1 && !is_worse && is_moved && odd.iter().all(is_one_field) {
        return sure;
    }
    if let [first, .., last] = odd[..] {
        let length = |at: usize| says[at].map(|said| said.1 - said.0);
        for at in first..=last {
            let is_own = length(at) == Some(runs[at].1 - runs[at].0)
                && at > first
                && at < last
                && length(at) != length(at - 1)
                && length(at) != length(at + 1);
            let is_there = says[at] == Some(runs[at]);
            sure[at] = !odd.contains(&at) && (is_there || is_own);
        }
    }
    if let [only] = odd[..] {
        let at = run_of.iter().position(|&run| run == only).unwrap();
        // The entry's field must be between those of its neighbours, if these are in order.
        let beside = |at: Option<usize>| at.and_then(|at| run_of.get(at)).copied();
        let (before, behind) = (beside(at.checked_sub(1)), beside(Some(at + 1)));
        let is_ordered = before.is_none_or(|before| behind.is_none_or(|behind| before < behind));
        let is_between = before.is_none_or(|run| run < only) && behind.is_none_or(|run| only < run);
        let is_rest = only + 1 == count && !(form_of(only) && (only == 0 || is_own(only - 1)));
        sure[only] = (is_between || !is_ordered) && !is_rest;
    }
    run_of.iter().map(|&run| sure[run]).collect()
}
