//! Tables of records: a comparison with a naive evaluator, and each rule by itself.

mod faults;
mod naive;
mod streams;
