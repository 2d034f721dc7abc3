//! flagcdk-tests
