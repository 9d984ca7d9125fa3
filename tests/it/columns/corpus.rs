//! The files of a corpus, if the environment variable `TIDEMARC_CORPUS` names a folder of them.

use super::naive::check_some;
use crate::common::corpus::files_below;
use std::{env, fs, path::PathBuf};
use tidemarc::Reader;

/// Largest file whose columns are compared: the naive evaluation takes its time.
const LONGEST: u64 = 4 << 20;

#[test]
fn columns_of_the_corpus_equal_the_naive_evaluation() {
    let Some(folder) = env::var_os("TIDEMARC_CORPUS").map(PathBuf::from) else {
        eprintln!("skipped: TIDEMARC_CORPUS names no folder of MARC files");
        return;
    };
    let mut count = 0;
    for path in files_below(&folder) {
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        if !name.contains('/') || fs::metadata(&path).unwrap().len() > LONGEST {
            continue;
        }
        let input = fs::read(&path).unwrap();
        let builder = Reader::builder().repair(true).max_record_length(1 << 20);
        // Other columns of each file, so that all are compared with many files.
        (0..3).for_each(|turn| check_some(&builder, &input, &name, 3 * count + turn));
        count += 1;
    }
    eprintln!("{count} files");
    assert!(count > 0);
}
