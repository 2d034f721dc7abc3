//! DynamoDB: tables of one region, and tables that are in several at once.
//!
//! A [`Table`] is where its stack is; a [`GlobalTable`] has a replica in each of several regions. Both are known to others as
//! a [`TableRef`].

mod global_table;
mod key;
mod reference;
mod table;

pub use global_table::{GlobalTable, GlobalTableProps, Index};
pub use key::Key;
pub use reference::TableRef;
pub use table::{Billing, StreamView, Table, TableIndex, TableProps};
