//! Tables of records: a comparison with a naive evaluator, and each rule by itself.

mod corpus;
mod explode;
mod faults;
mod naive;
mod options;
mod streams;
