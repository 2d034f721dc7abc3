//! The program as Rust source.

mod format;
mod literals;
mod pieces;
mod statements;
mod values;
mod variables;

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};

use crate::program::Program;

/// The module with the function `stack`, which adds the stack of the program to an app.
pub(crate) fn module(program: &Program, stack_id: &str, origin: &str) -> String {
    let variables = variables::Variables::of(program);
    let mut json = literals::JsonLiterals::default();
    let body = statements::body(program, stack_id, &variables, &mut json);
    let imports = imports(&body);
    let source = format!(
        "//! {}\n\n{imports}\n/// The stack `{stack_id}`.\npub fn stack(app: &App) -> Stack {{\n{body}{empty}\nstack\n}}\n",
        literals::comment(&format!("Written by `flagcdk migrate` from `{origin}`.")),
        empty = format::EMPTY_LINE,
    );
    format::pretty(&source, &json)
}

/// The features of `flagcdk-cfn` that the module needs.
pub(crate) fn features(program: &Program) -> BTreeSet<String> {
    let generated = program.resources.iter().filter_map(|resource| resource.generated.as_ref());
    generated.map(|generated| generated.feature.clone()).collect()
}

/// The names that code uses by themselves: not those that follow `::` or a dot.
fn identifiers(tokens: TokenStream, found: &mut BTreeSet<String>) {
    let mut is_inside_path = false;
    for token in tokens {
        match &token {
            TokenTree::Group(group) => identifiers(group.stream(), found),
            TokenTree::Ident(name) if !is_inside_path => {
                found.insert(name.to_string());
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
        is_inside_path = matches!(&token, TokenTree::Punct(sign) if matches!(sign.as_char(), ':' | '.'));
    }
}

/// The `use` declarations for what the code names.
fn imports(body: &str) -> String {
    let mut words = BTreeSet::new();
    identifiers(body.parse().unwrap_or_default(), &mut words);
    if body.contains(".into_value()") {
        words.insert("IntoValue".to_owned());
    }
    let is_used = |name: &&str| words.contains(*name) || *name == "text" && words.contains(format::TEXT_MACRO);
    let always = ["App", "Placement", "Stack"];
    let sometimes = [
        "Arn",
        "Condition",
        "Expr",
        "IntoValue",
        "Json",
        "Output",
        "Parameter",
        "RawResource",
        "RemovalPolicy",
        "Value",
        "cfn",
        "text",
    ];
    let mut names: Vec<&str> = always.into_iter().chain(sometimes.into_iter().filter(is_used)).collect();
    names.sort_by_key(|name| (name.starts_with(|c: char| c.is_ascii_lowercase()), *name));
    let mut imports = String::new();
    if words.contains("BTreeMap") {
        imports.push_str("use std::collections::BTreeMap;\n\n");
    }
    imports.push_str(&format!("use flagcdk::{{{}}};\n", names.join(", ")));
    if words.contains(format::JSON_MACRO) {
        imports.push_str("use serde_json::json;\n");
    }
    imports
}
