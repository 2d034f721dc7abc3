//! Cycles: among resources that need each other, conditions that define each other, stacks that wait for each other.

use std::collections::VecDeque;

use flagcdk_assembly::Finding;

use super::codes;
use super::template::StackView;
use super::walk::Uses;

/// Finds cycles among the resources and among the conditions of a stack.
pub(super) fn check(stack: &StackView<'_>, uses: &Uses<'_>, findings: &mut Vec<Finding>) {
    let resources: Vec<_> = stack.resources.values().collect();
    let index = |id: &str| resources.binary_search_by(|resource| resource.id.cmp(id)).ok();
    let edges: Vec<Vec<usize>> = resources
        .iter()
        .map(|resource| uses.needs.get(resource.id).into_iter().flatten().filter_map(|id| index(id)).collect())
        .collect();
    for cycle in cycles(&edges) {
        let ids: Vec<_> = cycle.iter().map(|at| format!("`{}`", resources[*at].id)).collect();
        findings.push(Finding::error(
            codes::RESOURCE_CYCLE,
            resources[cycle[0]].at(""),
            format!("resources need each other, so that none can be made first: {}", ids.join(" -> ")),
            "let one of them name the other without a reference, or move the connection to a resource of its own",
        ));
    }

    let names: Vec<&str> = uses.condition_needs.keys().copied().collect();
    let edges: Vec<Vec<usize>> = uses
        .condition_needs
        .values()
        .map(|needed| needed.iter().filter_map(|name| names.binary_search(name).ok()).collect())
        .collect();
    for cycle in cycles(&edges) {
        let path: Vec<_> = cycle.iter().map(|at| format!("`{}`", names[*at])).collect();
        findings.push(Finding::error(
            codes::CONDITION_CYCLE,
            stack.at(&format!("Conditions.{}", names[cycle[0]])),
            format!("conditions are defined by each other: {}", path.join(" -> ")),
            "define one of them by parameters alone",
        ));
    }
}

/// One cycle for each group of nodes that reach each other: the shortest through the group's first node, which stands at
/// both ends.
pub(super) fn cycles(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let group = groups(edges);
    let mut found = Vec::new();
    let mut seen = vec![false; edges.len()];
    for start in 0..edges.len() {
        if std::mem::replace(&mut seen[group[start]], true) {
            continue;
        }
        let mut reached_from = vec![None; edges.len()];
        let mut queue = VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            for &next in edges[node].iter().filter(|next| group[**next] == group[start]) {
                if reached_from[next].is_none() {
                    reached_from[next] = Some(node);
                    queue.push_back(next);
                }
            }
        }
        if reached_from[start].is_some() {
            let mut path = vec![start];
            while let Some(before) = reached_from[path[path.len() - 1]] {
                path.push(before);
                if before == start {
                    break;
                }
            }
            path.reverse();
            found.push(path);
        }
    }
    found
}

/// For each node the number of its strongly connected component: Tarjan's algorithm with a stack of its own, so that a
/// chain of any length is no overflow.
fn groups(edges: &[Vec<usize>]) -> Vec<usize> {
    const UNSEEN: usize = usize::MAX;
    let count = edges.len();
    let (mut order, mut low, mut group) = (vec![UNSEEN; count], vec![0; count], vec![UNSEEN; count]);
    let (mut open, mut next_order, mut next_group) = (Vec::new(), 0, 0);
    for root in 0..count {
        if order[root] != UNSEEN {
            continue;
        }
        let mut calls = vec![(root, 0)];
        while let Some((node, edge)) = calls.pop() {
            if edge == 0 {
                order[node] = next_order;
                low[node] = next_order;
                next_order += 1;
                open.push(node);
            }
            if let Some(&next) = edges[node].get(edge) {
                calls.push((node, edge + 1));
                if order[next] == UNSEEN {
                    calls.push((next, 0));
                } else if group[next] == UNSEEN {
                    low[node] = low[node].min(order[next]);
                }
                continue;
            }
            if low[node] == order[node] {
                while let Some(member) = open.pop() {
                    group[member] = next_group;
                    if member == node {
                        break;
                    }
                }
                next_group += 1;
            }
            if let Some(&(caller, _)) = calls.last() {
                low[caller] = low[caller].min(low[node]);
            }
        }
    }
    group
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_group_gives_its_shortest_cycle() {
        let check = |edges: &[&[usize]], expected: &[&[usize]]| {
            let edges: Vec<_> = edges.iter().map(|edges| edges.to_vec()).collect();
            assert_eq!(cycles(&edges), expected, "{edges:?}");
        };
        check(&[], &[]);
        check(&[&[1], &[2], &[]], &[]);
        check(&[&[0]], &[&[0, 0]]);
        check(&[&[1], &[0]], &[&[0, 1, 0]]);
        // A long way and a short one.
        check(&[&[1, 3], &[2], &[0], &[0]], &[&[0, 3, 0]]);
        // Two groups, and a node that only leads into one.
        check(&[&[1], &[2], &[1], &[3]], &[&[1, 2, 1], &[3, 3]]);
        // A node whose edges leave the group first.
        check(&[&[1, 2], &[], &[0]], &[&[0, 2, 0]]);
    }

    #[test]
    fn a_long_chain_is_no_overflow() {
        let mut edges: Vec<Vec<usize>> = (1..200_000).map(|next| vec![next]).collect();
        edges.push(vec![0]);
        let found = cycles(&edges);
        assert_eq!((found.len(), found[0].len()), (1, 200_001));
    }
}
