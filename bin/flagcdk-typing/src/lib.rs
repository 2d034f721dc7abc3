//! From CloudFormation's registry schemas to what the types of `flagcdk-cfn` are: how they are called and what they take.
//!
//! `cargo xtask codegen` writes the types by it, and `flagcdk-migrate` writes code that uses them. Both ask the same, so that
//! their names cannot differ.
//!
//! ```
//! use flagcdk_typing::lower;
//! use serde_json::{Value, json};
//!
//! let schema = json!({ "typeName": "AWS::New::Thing", "properties": { "MaxSize": { "type": "integer" } } });
//! let resource = lower::lower("AWS::New::Thing", &schema, &Value::Null);
//! assert_eq!(resource.structs[0].properties[0].setter, "max_size");
//! ```

mod facts;
pub mod lower;
pub mod model;
pub mod names;
mod schema;
