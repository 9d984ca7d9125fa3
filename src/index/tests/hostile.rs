//! Index files whose checksums are right and whose contents are not: errors, and never a panic or a
//! record with another key.

use crate::{Index, index::page::PAGE};
use std::{env, fs, path::PathBuf, process, vec::Vec};
use twox_hash::XxHash3_64;

fn path(name: &str) -> PathBuf {
    env::temp_dir().join(format!("tidemarc-index-hostile-{name}-{}", process::id()))
}

/// Returns a number below `most`, and the next state.
fn dice(state: &mut u64, most: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as usize % most
}

#[test]
fn contents_that_disagree_are_errors() {
    let (source, target) = (path("source.mrc"), path("index.tmi"));
    fs::copy("tests/fixtures/books.mrc", &source).unwrap();
    let builder = Index::builder().index_file(&target);
    builder.build(&source).unwrap();
    let whole = fs::read(&target).unwrap();
    let pages = whole.len() / PAGE;
    let (mut state, mut opened, mut failed) = (1, 0, 0);
    for _ in 0..3_000 {
        let mut bytes = whole.clone();
        for _ in 0..=dice(&mut state, 3) {
            let page = dice(&mut state, pages);
            // Most of a page is zeros in a file as small as this one.
            let at = page * PAGE + dice(&mut state, if page + 1 == pages { 136 } else { 1_000 });
            bytes[at] = [0, 1, 0x7F, 0x80, 0xFF, bytes[at] ^ 1][dice(&mut state, 6)];
            let (contents, checksum) = bytes[page * PAGE..(page + 1) * PAGE].split_at_mut(PAGE - 8);
            checksum.copy_from_slice(&XxHash3_64::oneshot(contents).to_le_bytes());
        }
        fs::write(&target, bytes).unwrap();
        let Ok(index) = builder.open(&source) else {
            failed += 1;
            continue;
        };
        opened += 1;
        for at in [0, 1, 30, 59, index.len().saturating_sub(1), index.len(), u64::MAX] {
            failed += u32::from(index.record(at).is_err() | index.offset(at).is_err());
        }
        for number in 1..=60 {
            let key = format!("tm{number:06}").into_bytes();
            match index.get_all(&key).take(100).collect::<Result<Vec<_>, _>>() {
                Ok(records) => {
                    let has_key =
                        |record: &crate::SharedRecord| record.view().control_number() == Some(&key);
                    assert!(records.iter().all(has_key));
                }
                Err(_) => failed += 1,
            }
        }
    }
    assert!(opened > 300 && failed > 300, "{opened} opened, {failed} failures");
    fs::remove_file(source).unwrap();
    fs::remove_file(target).unwrap();
}
