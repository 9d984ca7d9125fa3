//! Which field is whose, where there are as many entries as fields.

use super::Place;

/// Whether content begins as the tag asks: with indicators and a subfield, or, in a control field,
/// without any.
pub fn has_form(tag: &[u8], content: &[u8]) -> bool {
    match tag.starts_with(b"00") {
        true => !content.contains(&0x1F),
        false => content.len() > 2 && content[2] == 0x1F,
    }
}

/// Whether four digits say that a field is so long.
pub fn says_length(said: usize, is: usize) -> bool {
    said == is || is > 9_999 && [is % 10_000, 9_999, 0].contains(&said)
}

/// Which run is whose, and how many lengths are then as stated.
pub fn match_up(stated: &[Option<Place>], runs: &[Place]) -> (Vec<usize>, usize) {
    let count = stated.len();
    // Entries that state a field's place have it.
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
    // How many lengths are as stated; where that decides nothing, how many starts.
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
