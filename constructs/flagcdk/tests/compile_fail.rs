//! What must not compile, and what the compiler says to it.
//!
//! `TRYBUILD=overwrite cargo test -p flagcdk --test compile_fail` writes the messages anew.

#[test]
fn mistakes_do_not_compile_and_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
