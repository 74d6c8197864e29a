/** What the results say and what they do not. */
export function Explanation() {
  return (
    <details class="explanation">
      <summary>What a result says, and what it does not</summary>
      <p>
        For a block: every trie node and every code was accepted by its keccak256 hash under the parent’s state root,
        the block was executed in this tab, and gas, receipts, logs bloom, requests and state root came out as its
        header says. Checks that lacked their input are listed beside the result; where the parent header is one of
        them, the state root that the block began from is the file’s claim. A block alone cannot say whether it belongs
        to the chain: that takes a light client’s signed header.
      </p>
      <p>
        For light-client updates: Merkle branches and the sync committee’s signature hold, at least two thirds of the
        committee signed, and the update follows the one before. The chain is as good as the root it starts from.
      </p>
      <p>
        For a live head: at least two thirds of a sync committee signed it, and every committee was proven by the one
        before, down to the checkpoint. Which root that is, and who vouches for it, stands beside it. What servers
        announce, and what your last visit left, is shown before it is proven, marked with a question mark and in
        italics.
      </p>
      <p>
        What you trust: this page’s code, your browser, the network’s built-in rules, and that root. What is kept is
        checked again whenever it is read, since other scripts of this site could change it.
      </p>
    </details>
  )
}
