//! Blocks of BGZF that helpers decompress, as the next bytes of the input.

use super::Unpacker;
use crate::{
    compress::{
        ahead::{Ahead, Front},
        bgzf,
        unit::length_of_unit,
    },
    source::{Input, ReadOutcome},
};
use std::{io, vec::Vec};

/// Size of the buffer from which units of blocks are cut.
const UNITS_SIZE: usize = 2 * bgzf::MAX_LENGTH;

impl Unpacker {
    /// Reads the data of blocks that helpers have decompressed. Returns `None` if there is nothing
    /// to return: then the caller tries again, perhaps without helpers.
    pub(super) fn read_ahead(
        &mut self,
        input: &mut impl Input,
        output: &mut [u8],
    ) -> io::Result<Option<ReadOutcome>> {
        if let Some((unit, taken)) = &mut self.front {
            let count = (unit.data.len() - *taken).min(output.len());
            if count > 0 {
                output[..count].copy_from_slice(&unit.data[*taken..*taken + count]);
                *taken += count;
                self.made += count as u64;
                return Ok(Some(ReadOutcome::Bytes(count)));
            }
        }
        if let Some((unit, _)) = self.front.take() {
            self.packed.count(unit.sound_length);
            self.parts += unit.sound;
            self.part_start = self.made - unit.last_data as u64;
            match &mut self.ahead {
                Some(ahead) if unit.is_sound() => ahead.give_back(unit),
                _ => {
                    self.go_on_alone(&unit.packed[unit.sound_length..]);
                    return Ok(None);
                }
            }
        }
        let is_pending = self.fill_ahead(input);
        let Some(ahead) = &mut self.ahead else { return Ok(None) };
        match ahead.pop(self.waits) {
            Front::Unit(unit) => {
                let made = self.made + unit.data.len() as u64;
                match self.ratio.allows(made, self.packed.used()) {
                    true => self.front = Some((unit, 0)),
                    false => self.go_on_alone(&unit.packed),
                }
                Ok(None)
            }
            Front::Pending => Ok(Some(ReadOutcome::Pending)),
            Front::Empty if self.failed.is_some() => self.failed.take().map_or(Ok(None), Err),
            Front::Empty if is_pending => Ok(Some(ReadOutcome::Pending)),
            Front::Empty => {
                self.go_on_alone(&[]);
                Ok(None)
            }
        }
    }

    /// Fills the queue of blocks, as far as whole blocks can be read. Returns true if the input has
    /// nothing at the moment.
    fn fill_ahead(&mut self, input: &mut impl Input) -> bool {
        if self.ahead.is_none()
            && let Some(helpers) = &self.helpers
        {
            self.ahead = Some(Ahead::new(helpers.clone()));
        }
        let Some(ahead) = &mut self.ahead else { return false };
        let mut is_pending = false;
        while self.failed.is_none() && ahead.has_room() {
            while self.packed.rest().len() < UNITS_SIZE && !self.packed.is_end() && !is_pending {
                match self.packed.fill(input, UNITS_SIZE) {
                    Ok(ReadOutcome::Bytes(_)) => {}
                    Ok(ReadOutcome::Pending) => is_pending = true,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => {
                        self.failed = Some(error);
                        break;
                    }
                }
            }
            let length = length_of_unit(self.packed.rest());
            if length == 0 {
                break;
            }
            ahead.push(&self.packed.rest()[..length]);
            self.packed.pass_on(length);
        }
        is_pending
    }

    /// Continues without helpers, at the start of these compressed bytes, which come before all
    /// others.
    #[cold]
    fn go_on_alone(&mut self, packed: &[u8]) {
        let mut bytes: Vec<u8> = packed.into();
        if let Some(ahead) = self.ahead.take() {
            ahead.drain_into(&mut bytes);
        }
        self.packed.take_back(bytes);
        self.helpers = None;
    }
}
