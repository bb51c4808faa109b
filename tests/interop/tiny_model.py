"""Writes a tiny llama model with random weights, so that a real server can be run
without any download: tiny_model.py FILE.gguf (needs the packages gguf and numpy).

Its tokens are the bytes and the letters, so its prompts are longer than asked."""
import sys
import gguf
import numpy as np

dim, heads, layers, hidden, context = 64, 4, 2, 128, 4096
tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)]
types = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL]
types += [gguf.TokenType.BYTE] * 256
scores = [0.0] * 259
for word in ["\u2581"] + [chr(c) for c in range(97, 123)] + [
    "\u2581" + chr(c) for c in range(97, 123)
]:
    tokens.append(word)
    types.append(gguf.TokenType.NORMAL)
    scores.append(-1.0 - 0.1 * len(tokens))

random = np.random.default_rng(7)
w = gguf.GGUFWriter(sys.argv[1], "llama")
w.add_name("tiny")
w.add_context_length(context)
w.add_embedding_length(dim)
w.add_block_count(layers)
w.add_feed_forward_length(hidden)
w.add_head_count(heads)
w.add_head_count_kv(heads)
w.add_rope_dimension_count(dim // heads)
w.add_layer_norm_rms_eps(1e-5)
w.add_file_type(gguf.LlamaFileType.ALL_F32)
w.add_tokenizer_model("llama")
w.add_token_list([t.encode() for t in tokens])
w.add_token_scores(scores)
w.add_token_types(types)
w.add_bos_token_id(1)
w.add_eos_token_id(2)
w.add_unk_token_id(0)


def tensor(name, *shape):
    w.add_tensor(name, (random.standard_normal(shape) * 0.05).astype(np.float32))


def ones(name):
    w.add_tensor(name, np.ones(dim, dtype=np.float32))


tensor("token_embd.weight", len(tokens), dim)
for i in range(layers):
    ones(f"blk.{i}.attn_norm.weight")
    ones(f"blk.{i}.ffn_norm.weight")
    for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
        tensor(f"blk.{i}.{part}.weight", dim, dim)
    tensor(f"blk.{i}.ffn_gate.weight", hidden, dim)
    tensor(f"blk.{i}.ffn_up.weight", hidden, dim)
    tensor(f"blk.{i}.ffn_down.weight", dim, hidden)
ones("output_norm.weight")
tensor("output.weight", len(tokens), dim)
w.write_header_to_file()
w.write_kv_data_to_file()
w.write_tensors_to_file()
w.close()
